// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { patch, post, remove, type Item } from '../api';
import { useMay } from '../session';
import { column, Pages, usePages } from '../table';
import { Badge, Button, Confirm, Dialog, Empty, Facts, TextField, Trouble } from '../ui';
import { ago, text, textAt, time } from '../words';

export function Users() {
  const list = usePages('users', {});
  const [open, setOpen] = useState<Item>();
  const [adding, setAdding] = useState(false);
  const may = useMay('operator');
  return (
    <>
      <div class="actions">{may && <Button kind="main" onClick={() => setAdding(true)}>Add a local account</Button>}</div>
      <Pages
        list={list}
        label="Users"
        columns={[column('Name', 'name'), column('E-mail', 'email', true), column('Groups', 'groups'), column('Source', 'source'), { title: 'Last sign-in', show: (item) => ago(item.last_sign_in_at) }, { title: 'State', show: (item) => (item.disabled === true ? <Badge tone="bad">disabled</Badge> : <Badge tone="good">active</Badge>) }]}
        onOpen={setOpen}
        empty={<Empty title="Nobody yet"><p>People stand here from their first sign-in, through your identity provider or a downstream account. Local accounts are made here, or with <code>gatehouse users add NAME</code>.</p></Empty>}
      />
      {open && <User item={open} onClose={() => setOpen(undefined)} onChanged={() => void list.again()} />}
      {adding && <AddUser onClose={() => setAdding(false)} onAdded={() => void list.again()} />}
    </>
  );
}

function User({ item, onClose, onChanged }: { item: Item; onClose: () => void; onChanged: () => void }) {
  const [removing, setRemoving] = useState(false);
  const [error, setError] = useState<unknown>();
  const may = useMay('operator');
  const path = `users/${encodeURIComponent(textAt(item, 'id'))}`;
  const name = textAt(item, 'name') || textAt(item, 'email');
  const disable = async () => {
    try {
      await patch(path, { disabled: item.disabled !== true });
      onChanged();
      onClose();
    } catch (failure) {
      setError(failure);
    }
  };
  if (removing) {
    return (
      <Confirm
        title={`Remove ${name}?`}
        text="Their sessions, connections and grants end at once."
        action="Remove"
        run={() => remove(path)}
        onClose={(done) => {
          if (done) onChanged();
          onClose();
        }}
      />
    );
  }
  return (
    <Dialog title={name} onClose={onClose} wide>
      <Facts rows={Object.entries(item).map(([member, value]) => [member, member.endsWith('_at') ? time(value) : text(value)])} />
      <p><a href={`#/logs`}>Live log</a></p>
      <Trouble error={error} />
      {may && (
        <div class="actions">
          <Button onClick={() => void disable()}>{item.disabled === true ? 'Enable' : 'Disable'}</Button>
          <Button kind="danger" onClick={() => setRemoving(true)}>Remove</Button>
        </div>
      )}
    </Dialog>
  );
}

function AddUser({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [fields, setFields] = useState({ name: '', email: '', password: '', groups: '' });
  const [error, setError] = useState<unknown>();
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const add = async () => {
    try {
      const groups = fields.groups.split(',').map((one) => one.trim()).filter(Boolean);
      await post('users', { name: fields.name, email: fields.email, password: fields.password, groups });
      onAdded();
      onClose();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog title="Add a local account" onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void add(); }}>
        <TextField label="Name" required value={fields.name} onValue={set('name')} autocomplete="off" />
        <TextField label="E-mail" hint="Counts as verified." type="email" required value={fields.email} onValue={set('email')} autocomplete="off" />
        <TextField label="Password" type="password" required value={fields.password} onValue={set('password')} autocomplete="new-password" />
        <TextField label="Groups" hint="Separated by commas." value={fields.groups} onValue={set('groups')} autocomplete="off" />
        <Trouble error={error} />
        <div class="actions"><Button kind="main" type="submit">Add</Button></div>
      </form>
    </Dialog>
  );
}
