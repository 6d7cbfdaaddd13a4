// SPDX-License-Identifier: Apache-2.0
// How people put a server into their MCP client.
import { Copy } from './ui';

const encoded = (value: object) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));

interface Way {
  client: string;
  link?: string;
  command?: string;
}

export function ways(name: string, url: string): Way[] {
  return [
    { client: 'Claude', link: 'https://claude.ai/settings/connectors?modal=add-custom-connector' },
    { client: 'Claude Code', command: `claude mcp add --transport http ${name} ${url}` },
    { client: 'ChatGPT', link: 'https://chatgpt.com/#settings/Connectors' },
    { client: 'Cursor', link: `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(name)}&config=${encodeURIComponent(encoded({ url }))}` },
    { client: 'VS Code', link: `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url }))}` },
    { client: 'Codex', command: `codex mcp add ${name} --url ${url}` },
    { client: 'Inspector', link: `http://localhost:6274/?transport=streamable-http&serverUrl=${encodeURIComponent(url)}`, command: `npx @modelcontextprotocol/inspector --server-url ${url}` },
  ];
}

export function Connect({ name, url }: { name: string; url: string }) {
  return (
    <section class="connect" aria-label="Connect a client">
      <p class="url">
        <code>{url}</code> <Copy text={url} label="Copy URL" />
      </p>
      <p class="hint">Claude and ChatGPT ask for this URL in their settings; the others take it from the link or the command.</p>
      <ul class="links" aria-label="Links">
        {ways(name, url).map((way) => way.link && <li key={way.client}><a class="button plain" href={way.link} target="_blank" rel="noreferrer noopener">{way.client}</a></li>)}
      </ul>
      <ul class="commands" aria-label="Commands">
        {ways(name, url).map((way) => way.command && (
          <li key={way.client}>
            <span>{way.client}</span> <code>{way.command}</code> <Copy text={way.command} of={`the ${way.client} command`} />
          </li>
        ))}
      </ul>
    </section>
  );
}
