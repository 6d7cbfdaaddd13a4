// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import type { Item } from '../api';
import { column, Pages, usePages } from '../table';
import { Badge, Dialog, Empty, Facts } from '../ui';
import { at, listAt, text, textAt, time } from '../words';

const steps = (item: Item) => listAt(item, 'events');
const arrived = (item: Item) => textAt(item, 'verdict.code') === 'connected';

function Verdict({ item }: { item: Item }) {
  return <Badge tone={arrived(item) ? 'good' : 'warn'}>{textAt(item, 'verdict.text') || text(item.verdict)}</Badge>;
}

export function Attempts() {
  const list = usePages('attempts', {});
  const [open, setOpen] = useState<Item>();
  return (
    <>
      <Pages
        list={list}
        label="Attempts"
        columns={[{ title: 'When', show: (item) => time(item.started_at) }, { title: 'Client', show: (item) => textAt(item, 'client_name') || textAt(item, 'user_agent') || textAt(item, 'client') }, column('Server', 'server'), { title: 'Verdict', show: (item) => <Verdict item={item} />, wide: true }]}
        onOpen={setOpen}
        empty={<Empty title="No attempts yet"><p>An attempt is one client on its way to a server: discovery, registration, sign-in, consent, tokens, the first call. Where it stopped, why, and what helps stands here.</p></Empty>}
      />
      {open && (
        <Dialog title={textAt(open, 'client_name') || textAt(open, 'client') || textAt(open, 'id')} onClose={() => setOpen(undefined)} wide>
          <p><Verdict item={open} /></p>
          <p>{textAt(open, 'verdict.remedy')}</p>
          <Facts rows={[['Server', textAt(open, 'server')], ['Client', textAt(open, 'client')], ['Says it is', textAt(open, 'user_agent')], ['Began', time(open.started_at)], ['Last step', time(open.updated_at)]]} />
          <h3>Steps</h3>
          <ol class="tools">{steps(open).map((step, index) => <Step step={step} key={index} />)}</ol>
        </Dialog>
      )}
    </>
  );
}

function Step({ step }: { step: Item }) {
  const more = ['sent', 'answered'].filter((name) => at(step, name) !== null);
  return (
    <li>
      <Badge tone={step.ok === true ? 'good' : 'bad'}>{textAt(step, 'step')}</Badge> {textAt(step, 'method')} {textAt(step, 'path')} {textAt(step, 'status')} <strong>{textAt(step, 'problem')}</strong>
      {more.map((name) => (
        <details key={name}>
          <summary>{name}</summary>
          <pre tabIndex={0}>{JSON.stringify(step[name], null, 2)}</pre>
        </details>
      ))}
    </li>
  );
}
