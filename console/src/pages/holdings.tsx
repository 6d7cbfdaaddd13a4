// SPDX-License-Identifier: Apache-2.0
// What people and clients hold: lists with one action each.
import { useState } from 'preact/hooks';
import { all, has, patch, post, remove, type Item } from '../api';
import { useMay } from '../session';
import { column, Pages, Table, usePages, type Column } from '../table';
import { Badge, Button, Choice, Confirm, Dialog, Empty, Facts, TextField, Trouble, useLoad } from '../ui';
import { ago, text, textAt, time } from '../words';
import type { ComponentChildren } from 'preact';

const when = (title: string, path: string): Column => ({ title, show: (item) => ago(item[path]) });

/** Every member of an item, times as people read them. */
function AllFacts({ item }: { item: Item }) {
  return <Facts rows={Object.entries(item).map(([name, value]) => [name, name.endsWith('_at') ? time(value) : text(value)])} />;
}

interface Ending {
  action: string;
  question: (item: Item) => string;
  text: string;
}

function Holding({ path, label, columns, empty, ending }: { path: string; label: string; columns: Column[]; empty: ComponentChildren; ending: Ending }) {
  const list = usePages(path, {});
  const [open, setOpen] = useState<Item>();
  const [ends, setEnds] = useState(false);
  const may = useMay('operator');
  const close = () => {
    setOpen(undefined);
    setEnds(false);
  };
  return (
    <>
      <Pages list={list} label={label} columns={columns} onOpen={setOpen} empty={empty} />
      {open && !ends && (
        <Dialog title={textAt(open, 'client_name') || textAt(open, 'id')} onClose={close} wide>
          <AllFacts item={open} />
          {may && <div class="actions"><Button kind="danger" onClick={() => setEnds(true)}>{ending.action}</Button></div>}
        </Dialog>
      )}
      {open && ends && (
        <Confirm
          title={ending.question(open)}
          text={ending.text}
          action={ending.action}
          run={() => remove(`${path}/${encodeURIComponent(textAt(open, 'id'))}`)}
          onClose={(done) => {
            if (done) void list.again();
            close();
          }}
        />
      )}
    </>
  );
}

export function Connections() {
  return (
    <Holding
      path="connections"
      label="Connections"
      columns={[{ title: 'Client', show: (item) => textAt(item, 'client_name') || textAt(item, 'client') }, column('User', 'user'), column('Server', 'server'), column('Scopes', 'scopes', true), when('Last used', 'last_used_at'), when('Ends', 'expires_at')]}
      empty={<Empty title="No connections"><p>A connection is one client's authorization by one person at one server. It begins when somebody allows a client, and ends when they, or you, revoke it.</p></Empty>}
      ending={{ action: 'Revoke', question: (item) => `Revoke the connection of ${textAt(item, 'client_name') || textAt(item, 'client')}?`, text: 'Its tokens end at once, open streams too. The person can allow the client again.' }}
    />
  );
}

export function Grants() {
  return (
    <Holding
      path="grants"
      label="Grants"
      columns={[column('Account', 'account'), column('User', 'user'), column('Server', 'server'), column('Profile', 'profile'), { title: 'State', show: (item) => <Badge tone={textAt(item, 'state') === 'active' ? 'good' : 'warn'}>{textAt(item, 'state')}</Badge> }, column('Scopes', 'scopes', true), when('Ends', 'expires_at')]}
      empty={<Empty title="No grants"><p>A grant holds a person's tokens for the account behind a server, encrypted. It is made when somebody signs in there, and is refreshed by the gateway.</p></Empty>}
      ending={{ action: 'Revoke', question: (item) => `Forget the tokens of ${textAt(item, 'account')}?`, text: 'The connections that need them end too; the person has to connect the account again.' }}
    />
  );
}

export function Clients() {
  const list = usePages('clients', {});
  const [open, setOpen] = useState<Item>();
  const [error, setError] = useState<unknown>();
  const may = useMay('operator') && (has('PATCH clients/{id}') || has('POST pauses'));
  const pause = async (item: Item) => {
    try {
      await post('pauses', { kind: 'client', name: textAt(item, 'id') });
      setOpen(undefined);
    } catch (failure) {
      setError(failure);
    }
  };
  const block = async (item: Item) => {
    try {
      await patch(`clients/${encodeURIComponent(textAt(item, 'id'))}`, { disabled: item.disabled !== true });
      setOpen(undefined);
      await list.again();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <>
      <Pages
        list={list}
        label="Clients"
        columns={[{ title: 'Name', show: (item) => textAt(item, 'name') || textAt(item, 'id') }, column('Kind', 'kind'), column('Redirect URIs', 'redirect_uris', true), when('First seen', 'first_seen_at'), { title: 'State', show: (item) => (item.disabled === true ? <Badge tone="bad">disabled</Badge> : <Badge tone="good">allowed</Badge>) }]}
        onOpen={setOpen}
        empty={<Empty title="No clients yet"><p>Clients such as Claude, Cursor or VS Code make themselves known; one stands here from the first time that a person allows it.</p></Empty>}
      />
      {has('GET blocks') && <Blocks />}
      {open && (
        <Dialog title={textAt(open, 'name') || textAt(open, 'id')} onClose={() => setOpen(undefined)} wide>
          <AllFacts item={open} />
          <Trouble error={error} />
          {may && (
            <div class="actions">
              <Button onClick={() => void pause(open)}>Pause its calls</Button>
              {has('PATCH clients/{id}') && textAt(open, 'origin') === 'api' && <Button kind="danger" onClick={() => void block(open)}>{open.disabled === true ? 'Allow again' : 'Disable'}</Button>}
            </div>
          )}
        </Dialog>
      )}
    </>
  );
}

/** Hosts whose clients are kept out, whatever they call themselves. */
function Blocks() {
  const blocks = useLoad(() => all('blocks'), 'blocks');
  const [open, setOpen] = useState<Item>();
  const [kind, setKind] = useState('redirect_host');
  const [host, setHost] = useState('');
  const [error, setError] = useState<unknown>();
  const may = useMay('operator') && has('POST blocks');
  const block = async () => {
    setError(undefined);
    try {
      await post('blocks', { kind, host });
      setHost('');
      await blocks.again();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <section class="card">
      <h2>Blocked hosts</h2>
      <Trouble error={blocks.error ?? error} />
      {blocks.value?.length === 0 && <p class="quiet">No host is blocked. A block keeps out every client that redirects to a host, or whose metadata document is there.</p>}
      {blocks.value && blocks.value.length > 0 && <Table label="Blocked hosts" columns={[column('Host', 'host', true), column('Kind', 'kind'), when('Since', 'blocked_at')]} items={blocks.value} onOpen={may ? setOpen : undefined} />}
      {may && (
        <form class="row" onSubmit={(event) => { event.preventDefault(); void block(); }}>
          <Choice label="Kind" value={kind} onValue={setKind} options={[['redirect_host', 'redirects to'], ['document_host', 'document at']]} />
          <TextField label="Host" required value={host} onValue={setHost} autocomplete="off" placeholder="evil.example" />
          <Button type="submit">Block</Button>
        </form>
      )}
      {open && (
        <Confirm
          title={`Let the clients of ${textAt(open, 'host')} in again?`}
          text="They may register and be allowed from now on."
          action="Unblock"
          run={() => remove(`blocks/${encodeURIComponent(textAt(open, 'id'))}`)}
          onClose={() => {
            setOpen(undefined);
            void blocks.again();
          }}
        />
      )}
    </section>
  );
}

export function Keys() {
  const list = usePages('keys', {});
  const [asks, setAsks] = useState(false);
  const may = useMay('admin');
  return (
    <>
      <div class="actions">{may && <Button onClick={() => setAsks(true)}>Rotate</Button>}</div>
      <Pages list={list} label="Signing keys" columns={[column('Id', 'id', true), column('Algorithm', 'alg'), { title: 'State', show: (item) => <Badge tone={textAt(item, 'state') === 'signing' ? 'good' : 'plain'}>{textAt(item, 'state')}</Badge> }, when('Made', 'created_at'), when('Signs from', 'sign_from')]} empty={<Empty title="No keys"><p>The gateway makes its first key when it starts.</p></Empty>} />
      {asks && (
        <Confirm
          title="Sign with a new key?"
          text="The new key signs once every cache has learnt it. Tokens of the one before stay good until they end."
          action="Rotate"
          run={() => post('keys/rotate')}
          onClose={(done) => {
            setAsks(false);
            if (done) void list.again();
          }}
        />
      )}
    </>
  );
}
