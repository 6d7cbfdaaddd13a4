// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { has, post, remove, type Item } from '../api';
import { useMay } from '../session';
import { column, Pages, usePages } from '../table';
import { Button, Choice, Confirm, Copy, Dialog, Empty, TextField, Trouble } from '../ui';
import { ago, textAt } from '../words';

export function ApiKeys() {
  const list = usePages('api-keys', {});
  const [open, setOpen] = useState<Item>();
  const [mode, setMode] = useState<'list' | 'make' | 'rotate'>('list');
  const [made, setMade] = useState<{ title: string; secret: string }>();
  const may = useMay('admin');
  return (
    <>
      {may && (
        <div class="actions">
          <Button kind="main" onClick={() => setMode('make')}>New API key</Button>
          {has('POST admin-token/rotate') && <Button onClick={() => setMode('rotate')}>Rotate the admin token</Button>}
        </div>
      )}
      <Pages
        list={list}
        label="API keys"
        columns={[column('Name', 'name'), column('Role', 'role'), { title: 'Last used', show: (item) => ago(item.last_used_at) || 'never' }, { title: 'Ends', show: (item) => ago(item.expires_at) || 'never' }, column('Made by', 'made_by')]}
        onOpen={may ? setOpen : undefined}
        empty={<Empty title="No API keys yet"><p>An API key lets a program, or a colleague, use this API and this console in a role: a viewer reads, an operator changes servers, people and limits, an admin also says who else gets in. The key is shown once.</p></Empty>}
      />
      {open && (
        <Confirm
          title={`End the key ${textAt(open, 'name')}?`}
          text="Whoever uses it is refused from the next request on."
          action="End it"
          run={() => remove(`api-keys/${encodeURIComponent(textAt(open, 'id'))}`)}
          onClose={(done) => {
            setOpen(undefined);
            if (done) void list.again();
          }}
        />
      )}
      {mode === 'make' && <Make onClose={() => setMode('list')} onMade={(key) => { setMode('list'); setMade({ title: `The key ${textAt(key, 'name')}`, secret: textAt(key, 'key') }); void list.again(); }} />}
      {mode === 'rotate' && (
        <Confirm
          title="Replace the admin token?"
          text="What is signed in with it is signed out, this console too if it was. The new one is written to admin.token."
          action="Replace"
          run={async () => setMade({ title: 'The new admin token', secret: textAt(await post('admin-token/rotate'), 'token') })}
          onClose={() => setMode('list')}
        />
      )}
      {made && (
        <Dialog title={made.title} onClose={() => setMade(undefined)}>
          <p>It is shown this once; keep it where it is safe.</p>
          <p class="url"><code>{made.secret}</code> <Copy text={made.secret} /></p>
        </Dialog>
      )}
    </>
  );
}

function Make({ onClose, onMade }: { onClose: () => void; onMade: (key: Item) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [expires, setExpires] = useState('90d');
  const [error, setError] = useState<unknown>();
  const make = async () => {
    try {
      onMade(await post('api-keys', expires ? { name, role, expires } : { name, role }));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog title="New API key" onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <TextField label="Name" hint="Who or what uses it." required value={name} onValue={setName} autocomplete="off" />
        <Choice label="Role" value={role} onValue={setRole} options={[['viewer', 'viewer: reads'], ['operator', 'operator: changes servers, people, limits'], ['admin', 'admin: everything']]} />
        <TextField label="Ends after" hint="30d, 12h; empty: never." value={expires} onValue={setExpires} autocomplete="off" />
        <Trouble error={error} />
        <div class="actions"><Button kind="main" type="submit">Make it</Button></div>
      </form>
    </Dialog>
  );
}
