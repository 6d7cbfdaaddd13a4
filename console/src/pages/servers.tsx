// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { all, get, has, post, remove, type Item } from '../api';
import { Attach } from '../attach';
import { Connect } from '../connect';
import { Editor } from '../editor';
import { useMay } from '../session';
import { column, Table } from '../table';
import { Badge, Button, Confirm, Dialog, Empty, Facts, Trouble, useLoad } from '../ui';
import { ago, textAt } from '../words';

const columns = [
  column('Name', 'name'),
  column('Public URL', 'url', true),
  column('Runtime', 'runtime', true),
  column('Profile', 'profile'),
  column('Sign-in', 'sign_in'),
  { title: 'Defined in', show: (item: Item) => <Origin item={item} /> },
];

export function Origin({ item }: { item: Item }) {
  return textAt(item, 'origin') === 'file' ? <Badge tone="plain">file</Badge> : <Badge tone="good">console</Badge>;
}

export function Servers() {
  const list = useLoad(() => all('servers'), 'servers');
  const [open, setOpen] = useState<string>();
  const [attaching, setAttaching] = useState(false);
  const may = useMay('operator') && has('POST servers');
  const shown = list.value?.find((item) => textAt(item, 'id') === open);
  return (
    <>
      <div class="actions">
        {may && <Button kind="main" onClick={() => setAttaching(true)}>Attach a runtime</Button>}
        {has('GET export') && <Export />}
      </div>
      <Trouble error={list.error} />
      {list.value?.length === 0 && (
        <Empty title="No servers yet">
          <p>A server is an MCP runtime that your team already runs, with a public URL in front of it. Give the runtime's URL and the gateway looks at it, names its tools and makes the public URL.</p>
          <p>From a shell: <code>gatehouse attach http://127.0.0.1:9000/mcp</code></p>
        </Empty>
      )}
      {list.value && list.value.length > 0 && <Table label="Servers" columns={columns} items={list.value} onOpen={(item) => setOpen(textAt(item, 'id'))} />}
      {shown && <Server item={shown} onClose={() => setOpen(undefined)} onChanged={() => void list.again()} />}
      {attaching && <Attach servers={list.value ?? []} onClose={() => { setAttaching(false); void list.again(); }} />}
    </>
  );
}

function Export() {
  const [yaml, setYaml] = useState<string>();
  const [error, setError] = useState<unknown>();
  const load = async () => {
    try {
      setYaml(textAt(await get('export'), 'yaml'));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <>
      <Button onClick={() => void load()}>Export as YAML</Button>
      <Trouble error={error} />
      {yaml !== undefined && (
        <Dialog title="What the console made, as YAML for the file" onClose={() => setYaml(undefined)} wide>
          {yaml ? <pre tabIndex={0}>{yaml}</pre> : <p>Everything is defined in the file.</p>}
        </Dialog>
      )}
    </>
  );
}

function Server({ item, onClose, onChanged }: { item: Item; onClose: () => void; onChanged: () => void }) {
  const id = textAt(item, 'id');
  const [mode, setMode] = useState<'show' | 'edit' | 'remove'>('show');
  const may = useMay('operator');
  const made = item.defined !== undefined;
  if (mode === 'remove') {
    return (
      <Confirm
        title={`Detach ${id}?`}
        text="Its public URL ends at once, and with it the connections of every client."
        action="Detach"
        run={() => remove(`servers/${encodeURIComponent(id)}`)}
        onClose={(done) => {
          if (done) onChanged();
          onClose();
        }}
      />
    );
  }
  if (mode === 'edit') {
    return <Editor kind="servers" item={item} onClose={() => setMode('show')} onSaved={onChanged} />;
  }
  return (
    <Dialog title={textAt(item, 'title') || id} onClose={onClose} wide>
      <Connect name={id} url={textAt(item, 'url')} />
      <Facts
        rows={[
          ['Defined in', <Origin item={item} />],
          ['Runtime', textAt(item, 'runtime')],
          ['Profile', textAt(item, 'profile')],
          ['Sign-in', textAt(item, 'sign_in')],
          ['Scopes', textAt(item, 'scopes')],
          ['Without a rule', textAt(item, 'default_policy')],
          ['Clients', [textAt(item, 'registration.cimd') === 'true' && 'metadata documents', textAt(item, 'registration.dynamic') === 'true' && 'dynamic registration'].filter(Boolean).join(', ')],
          ['Changed', ago(item.updated_at)],
        ]}
      />
      {has('GET runtimes/{id}') && <RuntimeFacts id={id} />}
      {has('GET servers/{id}/tools') && <Tools id={id} />}
      {may && made && (
        <div class="actions">
          <Button onClick={() => setMode('edit')}>Edit</Button>
          <Button kind="danger" onClick={() => setMode('remove')}>Detach</Button>
        </div>
      )}
      {may && !made && <p class="hint">The configuration file defines this server; change it there.</p>}
    </Dialog>
  );
}

function RuntimeFacts({ id }: { id: string }) {
  const runtime = useLoad(() => get(`runtimes/${encodeURIComponent(id)}`), id);
  if (!runtime.value) return <Trouble error={runtime.error} />;
  return (
    <Facts
      rows={[
        ['Runtime is', textAt(runtime.value, 'state')],
        ['MCP revisions', textAt(runtime.value, 'revisions')],
        ['Looked at', ago(runtime.value.checked_at)],
        ['Trouble', textAt(runtime.value, 'trouble')],
      ]}
    />
  );
}

function Tools({ id }: { id: string }) {
  const tools = useLoad(() => all(`servers/${encodeURIComponent(id)}/tools`), id);
  const [error, setError] = useState<unknown>();
  const may = useMay('operator') && has('POST servers/{id}/tools/approve');
  const approve = async () => {
    try {
      await post(`servers/${encodeURIComponent(id)}/tools/approve`);
      await tools.again();
    } catch (failure) {
      setError(failure);
    }
  };
  if (!tools.value) return <Trouble error={tools.error} />;
  const waiting = tools.value.filter((tool) => tool.standing !== undefined && textAt(tool, 'standing') !== 'approved').length;
  return (
    <section>
      <h3>Tools</h3>
      <Trouble error={error} />
      {waiting > 0 && may && <Button onClick={() => void approve()}>Approve {waiting} new or changed</Button>}
      <ToolList tools={tools.value} />
    </section>
  );
}

export function ToolList({ tools }: { tools: Item[] }) {
  if (tools.length === 0) return <p class="quiet">None are known without a person's token.</p>;
  return (
    <ul class="tools">
      {tools.map((tool) => (
        <li key={textAt(tool, 'name')}>
          <strong>{textAt(tool, 'name')}</strong> {textAt(tool, 'kind') && <Badge tone={textAt(tool, 'kind') === 'destructive' ? 'warn' : 'plain'}>{textAt(tool, 'kind')}</Badge>}
          <span class="quiet"> {textAt(tool, 'description')}</span>
        </li>
      ))}
    </ul>
  );
}

