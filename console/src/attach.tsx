// SPDX-License-Identifier: Apache-2.0
// From a runtime's URL to a public one, in three steps: look at it, say who signs in, done.
import { useState } from 'preact/hooks';
import { all, has, post, query, type Item } from './api';
import { Connect } from './connect';
import { ToolList } from './pages/servers';
import { Button, Choice, Dialog, Facts, TextField, Trouble, useLoad } from './ui';
import { listAt, textAt } from './words';

const toName = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 63);

/** What the runtime calls itself, else what its URL says; never a name that is taken. */
function suggestedName(probe: Item | undefined, url: string, servers: Item[]): string {
  let wanted = toName(textAt(probe ?? {}, 'server_info.name'));
  if (!wanted) {
    const parsed = new URL(url);
    const segment = parsed.pathname.split('/').find((one) => one && one !== 'mcp' && one !== 'sse');
    const host = parsed.hostname.split('.')[0];
    wanted = toName(segment ?? (/^[a-z]/.test(host) && host !== 'localhost' ? host : 'runtime'));
  }
  const taken = new Set(servers.map((server) => textAt(server, 'name')));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`;
  return name;
}

export function Attach({ servers, onClose }: { servers: Item[]; onClose: () => void }) {
  const [url, setUrl] = useState('');
  const [probe, setProbe] = useState<Item>();
  const [name, setName] = useState('');
  const [title, setTitle] = useState('');
  const [profile, setProfile] = useState('');
  const [secret, setSecret] = useState('');
  const [made, setMade] = useState<Item>();
  const [step, setStep] = useState<'url' | 'details' | 'done'>('url');
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const profiles = useLoad(() => all('profiles'), 'profiles');

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const look = () =>
    attempt(async () => {
      if (!URL.canParse(url)) throw new Error('This is not a URL; http://127.0.0.1:9000/mcp is one.');
      const seen = has('POST runtimes/probe') ? await post('runtimes/probe', { url }) : undefined;
      setProbe(seen);
      setName(suggestedName(seen, url, servers));
      setTitle(textAt(seen ?? {}, 'server_info.name'));
      setStep('details');
    });
  const attach = () =>
    attempt(async () => {
      const wanted: Item = { name, runtime: url };
      if (title) wanted.title = title;
      if (profile) wanted.profile = profile;
      if (secret) wanted.worker = { secret };
      await post('servers' + query({ dry_run: 'true' }), wanted);
      setMade(await post('servers', wanted));
      setStep('done');
    });

  return (
    <Dialog title="Attach a runtime" onClose={onClose} wide>
      <ol class="steps" aria-label="Steps">
        {(['url', 'details', 'done'] as const).map((one, index) => (
          <li key={one} aria-current={one === step ? 'step' : undefined}>{index + 1}. {{ url: 'Runtime', details: 'Details', done: 'Public URL' }[one]}</li>
        ))}
      </ol>
      <Trouble error={error} />
      {step === 'url' && (
        <form onSubmit={(event) => { event.preventDefault(); void look(); }}>
          <TextField label="URL of the runtime's MCP endpoint" hint="The gateway must reach it; it need not be public." name="runtime" type="url" required value={url} onValue={setUrl} placeholder="http://127.0.0.1:9000/mcp" />
          <div class="actions"><Button kind="main" type="submit" disabled={busy}>{busy ? 'Looking…' : 'Look at it'}</Button></div>
        </form>
      )}
      {step === 'details' && (
        <form onSubmit={(event) => { event.preventDefault(); void attach(); }}>
          {probe && <Probe probe={probe} />}
          <TextField label="Name" hint="Part of the public URL: letters, digits, - and _." name="name" required value={name} onValue={setName} />
          <TextField label="Title" hint="What people read when they are asked for consent." name="title" value={title} onValue={setTitle} />
          <Choice label="Profile" hint="Whose tokens the runtime gets for each person. Without one it gets none, and people sign in at the gateway." value={profile} onValue={setProfile} options={[['', 'None'], ...(profiles.value ?? []).map((one): [string, string] => [textAt(one, 'name'), textAt(one, 'name')])]} />
          <TextField label="Worker secret" hint="Proves to the runtime that a call comes from the gateway. Sent as X-Gateway-Worker-Secret; optional." name="secret" type="password" autocomplete="new-password" value={secret} onValue={setSecret} />
          <div class="actions">
            <Button onClick={() => setStep('url')}>Back</Button>
            <Button kind="main" type="submit" disabled={busy}>Attach</Button>
          </div>
        </form>
      )}
      {step === 'done' && made && (
        <>
          <p role="status">{textAt(made, 'title') || textAt(made, 'name')} is attached. Its public URL:</p>
          <Connect name={textAt(made, 'name')} url={textAt(made, 'url')} />
          <div class="actions"><Button kind="main" onClick={onClose}>Done</Button></div>
        </>
      )}
    </Dialog>
  );
}

function Probe({ probe }: { probe: Item }) {
  const tools = listAt(probe, 'tools');
  return (
    <section aria-label="What the runtime says">
      <Facts
        rows={[
          ['It is', textAt(probe, 'state')],
          ['Calls itself', [textAt(probe, 'server_info.name'), textAt(probe, 'server_info.version')].filter(Boolean).join(' ')],
          ['MCP revision', textAt(probe, 'revision')],
          ['Transport', textAt(probe, 'transport')],
          ['Trouble', textAt(probe, 'trouble')],
        ]}
      />
      <h3>Tools</h3>
      <ToolList tools={tools} />
    </section>
  );
}
