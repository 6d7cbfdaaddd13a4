// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { has, post, remove, type Item } from '../api';
import { useMay } from '../session';
import { column, Pages, usePages } from '../table';
import { Button, Confirm, Copy, Dialog, Empty, TextField, Trouble } from '../ui';
import { ago, textAt } from '../words';

const listed = (written: string) => written.split(',').map((one) => one.trim()).filter(Boolean);

export function Tokens() {
  const list = usePages('tokens', {});
  const [open, setOpen] = useState<Item>();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Item>();
  const mayMake = useMay('admin') && has('POST tokens');
  const mayEnd = useMay('operator');
  return (
    <>
      <div class="actions">{mayMake && <Button kind="main" onClick={() => setMaking(true)}>New token</Button>}</div>
      <Pages
        list={list}
        label="Personal access tokens"
        columns={[column('Name', 'name'), column('User', 'user'), column('Server', 'server'), column('Tools', 'tools', true), column('Scopes', 'scopes', true), { title: 'Ends', show: (item) => ago(item.expires_at) }]}
        onOpen={mayEnd ? setOpen : undefined}
        empty={<Empty title="No personal access tokens"><p>A personal access token lets a script call a server in a person's name, without a browser. It is for one server, perhaps for some of its tools, and it ends. Servers with <code>personal_tokens: true</code> take them.</p></Empty>}
      />
      {open && (
        <Confirm
          title={`End the token ${textAt(open, 'name') || textAt(open, 'id')}?`}
          text="Whoever uses it is refused from the next request on."
          action="End it"
          run={() => remove(`tokens/${encodeURIComponent(textAt(open, 'id'))}`)}
          onClose={(done) => {
            setOpen(undefined);
            if (done) void list.again();
          }}
        />
      )}
      {making && <Make onClose={() => setMaking(false)} onMade={(token) => { setMaking(false); setMade(token); void list.again(); }} />}
      {made && (
        <Dialog title="The token" onClose={() => setMade(undefined)}>
          <p>It is shown this once; keep it where it is safe.</p>
          <p class="url"><code>{textAt(made, 'token')}</code> <Copy text={textAt(made, 'token')} /></p>
        </Dialog>
      )}
    </>
  );
}

function Make({ onClose, onMade }: { onClose: () => void; onMade: (token: Item) => void }) {
  const [fields, setFields] = useState({ user: '', server: '', name: '', tools: '', scopes: '', expires: '30d' });
  const [error, setError] = useState<unknown>();
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const make = async () => {
    try {
      const wanted: Item = { user: fields.user, server: fields.server, expires: fields.expires };
      if (fields.name) wanted.name = fields.name;
      if (listed(fields.tools).length) wanted.tools = listed(fields.tools);
      if (listed(fields.scopes).length) wanted.scopes = listed(fields.scopes);
      onMade(await post('tokens', wanted));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog title="New personal access token" onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <TextField label="User" hint="By id, name or e-mail." required value={fields.user} onValue={set('user')} autocomplete="off" />
        <TextField label="Server" required value={fields.server} onValue={set('server')} autocomplete="off" />
        <TextField label="Name" hint="What it is for." value={fields.name} onValue={set('name')} autocomplete="off" />
        <TextField label="Tools" hint="Separated by commas; empty: every tool." value={fields.tools} onValue={set('tools')} autocomplete="off" />
        <TextField label="Scopes" hint="Separated by commas; empty: the server's." value={fields.scopes} onValue={set('scopes')} autocomplete="off" />
        <TextField label="Ends after" required value={fields.expires} onValue={set('expires')} autocomplete="off" />
        <Trouble error={error} />
        <div class="actions"><Button kind="main" type="submit">Make it</Button></div>
      </form>
    </Dialog>
  );
}
