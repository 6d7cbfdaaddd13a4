// SPDX-License-Identifier: Apache-2.0
import type { Item } from '../api';
import { column } from '../table';
import { Bar, Empty } from '../ui';
import { count, listAt, numberAt, textAt, time } from '../words';
import { Definitions } from './definitions';
import { Origin } from './servers';

function Use({ item, of }: { item: Item; of: string }) {
  const used = numberAt(item, 'used');
  const limit = used + numberAt(item, 'remaining');
  return (
    <span class="use">
      <Bar used={used} limit={limit} label={`${of}: ${used} of ${limit}`} /> {count(used)} / {count(limit)}
    </span>
  );
}

export const Budgets = () => (
  <Definitions
    kind={{
      path: 'budgets',
      noun: 'budget',
      columns: [column('Id', 'id'), column('Server', 'server'), column('Per', 'per'), column('Limit', 'limit'), column('Window', 'window'), { title: 'Used most', show: (item) => <Use item={item} of={textAt(item, 'id')} /> }, { title: 'Begins anew', show: (item) => time(item.resets_at) }, { title: 'Defined in', show: (item) => <Origin item={item} /> }],
      sample: { name: 'per-user-minute', per: ['user'], limit: '60 calls', window: '1m' },
      empty: (
        <Empty title="No budgets yet">
          <p>A budget says how much may be used up in a window of time: calls, units, bytes, or calls at once; per person, client, server, tool or group. Who is over it gets a refusal that says when to try again.</p>
        </Empty>
      ),
      more: (item) =>
        listAt(item, 'use').length > 0 && (
          <section>
            <h3>Used by</h3>
            <ul class="bars">
              {listAt(item, 'use').map((one) => (
                <li key={textAt(one, 'id')}>
                  <span>{textAt(one, 'id')}</span> <Use item={one} of={textAt(one, 'id')} />
                </li>
              ))}
            </ul>
          </section>
        ),
    }}
  />
);
