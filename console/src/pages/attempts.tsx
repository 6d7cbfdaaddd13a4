// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import type { Item } from '../api';
import { column, Pages, usePages } from '../table';
import { Badge, Dialog, Empty, Facts } from '../ui';
import { listAt, text, textAt, time } from '../words';

export function Attempts() {
  const list = usePages('attempts', {});
  const [open, setOpen] = useState<Item>();
  return (
    <>
      <Pages
        list={list}
        label="Attempts"
        columns={[{ title: 'When', show: (item) => time(item.time ?? item.started_at) }, { title: 'Client', show: (item) => textAt(item, 'client_name') || textAt(item, 'client') }, column('Server', 'server'), column('User', 'user'), { title: 'Verdict', show: (item) => <Badge tone={['connected', 'ok', 'completed'].includes(textAt(item, 'verdict') || textAt(item, 'outcome')) ? 'good' : 'warn'}>{textAt(item, 'verdict') || textAt(item, 'outcome') || textAt(item, 'state')}</Badge>, wide: true }]}
        onOpen={setOpen}
        empty={<Empty title="No attempts yet"><p>An attempt is one client on its way to a server: discovery, registration, sign-in, consent, tokens, the first call. Where it stopped, and why, stands here.</p></Empty>}
      />
      {open && (
        <Dialog title={textAt(open, 'client_name') || textAt(open, 'client') || textAt(open, 'id')} onClose={() => setOpen(undefined)} wide>
          <Facts rows={Object.entries(open).filter(([, value]) => !Array.isArray(value)).map(([name, value]) => [name, text(value)])} />
          {Object.keys(open).filter((name) => listAt(open, name).length > 0).map((name) => (
            <section key={name}>
              <h3>{name}</h3>
              <ol class="tools">{listAt(open, name).map((step, index) => <li key={index}>{Object.values(step).map(text).join(' · ')}</li>)}</ol>
            </section>
          ))}
        </Dialog>
      )}
    </>
  );
}
