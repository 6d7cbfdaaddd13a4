// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { all, get, has, remove, type Item } from '../api';
import { useMay } from '../session';
import { column, Table } from '../table';
import { Badge, Confirm, Facts, Trouble, useEvery, useLoad } from '../ui';
import { ago, at, text, textAt, time } from '../words';

export function Status() {
  const status = useLoad(() => get('status'), 'status');
  useEvery(5000, () => void status.again());
  const error = text(at(status.value, 'config.error'));
  return (
    <>
      <Trouble error={status.error} />
      {error && (
        <div class="trouble">
          <strong>The last reload was refused; the configuration before it runs on.</strong>
          <pre tabIndex={0}>{error}</pre>
        </div>
      )}
      {status.value && (
        <Facts
          rows={[
            ['Configuration', error ? <Badge tone="bad">refused</Badge> : <Badge tone="good">in effect</Badge>],
            ['Generation', textAt(status.value, 'config.generation')],
            ['Running since', `${time(status.value.started_at)} (${ago(status.value.started_at)})`],
            ...Object.entries(status.value)
              .filter(([name]) => name !== 'config' && name !== 'started_at')
              .map(([name, value]): [string, string] => [name, text(value)]),
          ]}
        />
      )}
      {has('GET pauses') && <Pauses />}
    </>
  );
}

function Pauses() {
  const pauses = useLoad(() => all('pauses'), 'pauses');
  const [open, setOpen] = useState<Item>();
  const may = useMay('operator');
  return (
    <section class="card">
      <h2>Paused</h2>
      <Trouble error={pauses.error} />
      {pauses.value?.length === 0 && <p class="quiet">Nothing is paused. A server, tool, person or client can be paused; its calls are then refused until it is resumed.</p>}
      {pauses.value && pauses.value.length > 0 && <Table label="Paused" columns={[column('Name', 'name', true), column('Kind', 'kind'), { title: 'Since', show: (item) => ago(item.paused_at) }]} items={pauses.value} onOpen={may ? setOpen : undefined} />}
      {open && (
        <Confirm
          title={`Resume ${textAt(open, 'name')}?`}
          text="Its calls go on from now."
          action="Resume"
          run={() => remove(`pauses/${encodeURIComponent(textAt(open, 'id'))}`)}
          onClose={() => {
            setOpen(undefined);
            void pauses.again();
          }}
        />
      )}
      {may && <p class="hint">Pause from a shell: <code>gatehouse pause server NAME</code></p>}
    </section>
  );
}

