// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import uPlot from 'uplot';
import { all, get, has, page, type Item } from '../api';
import { Chart } from '../chart';
import { column, Table } from '../table';
import { Badge, Bar, Choice, Empty, Trouble, useEvery, useLoad } from '../ui';
import { count, listAt, numberAt, textAt, time } from '../words';

const windows: [string, string][] = [['15m', '15 minutes'], ['1h', '1 hour'], ['6h', '6 hours'], ['24h', '24 hours']];

const refused = [
  { title: 'When', show: (item: Item) => time(item.time) },
  column('Server', 'server'),
  column('What', 'item'),
  column('Rule', 'decision.rule'),
  column('Reason', 'decision.reason'),
];

export function Overview() {
  const [span, setSpan] = useState('1h');
  const traffic = useLoad(() => (has('GET traffic') ? get(`traffic?window=${span}`) : Promise.resolve(undefined)), span);
  const servers = useLoad(() => all('servers'), 'servers');
  const grants = useLoad(() => all('grants'), 'grants');
  const budgets = useLoad(() => all('budgets'), 'budgets');
  const refusals = useLoad(() => page('logs', { decision: 'deny', limit: 10 }), 'refusals');
  useEvery(5000, () => {
    void traffic.again();
    void refusals.again();
  });
  return (
    <>
      <Trouble error={traffic.error ?? servers.error} />
      {servers.value?.length === 0 && (
        <Empty title="Nothing is attached yet">
          <p>Attach the URL of an MCP runtime that your team runs; what goes through it then shows here.</p>
          <p><a class="button main" href="#/servers">Attach a runtime</a></p>
        </Empty>
      )}
      {traffic.value && <Traffic value={traffic.value} span={span} onSpan={setSpan} />}
      <div class="cards">
        <GrantHealth grants={grants.value ?? []} />
        <BudgetUse budgets={budgets.value ?? []} />
      </div>
      <section class="card">
        <h2>Refused last</h2>
        {refusals.value?.items.length ? <Table label="Refused last" columns={refused} items={refusals.value.items} /> : <p class="quiet">Nothing was refused. Rules and budgets that refuse a call show here with their name.</p>}
      </section>
    </>
  );
}

function Traffic({ value, span, onSpan }: { value: Item; span: string; onSpan: (span: string) => void }) {
  const buckets = listAt(value, 'buckets');
  const times = buckets.map((one) => new Date(textAt(one, 'time')).getTime() / 1000);
  const series = (name: string) => buckets.map((one) => numberAt(one, name));
  const calls = numberAt(value, 'calls');
  const rate = calls ? `${((100 * numberAt(value, 'errors')) / calls).toFixed(1)} %` : '–';
  return (
    <>
      <div class="row">
        <Choice label="Window" value={span} onValue={onSpan} options={windows} />
      </div>
      <div class="numbers">
        <Figure title="Calls" value={count(calls)} />
        <Figure title="Failed" value={rate} />
        <Figure title="Refused" value={count(numberAt(value, 'refused'))} />
        <Figure title="Half are faster than" value={`${numberAt(value, 'p50_ms')} ms`} />
        <Figure title="95 % are faster than" value={`${numberAt(value, 'p95_ms')} ms`} />
      </div>
      {value.sampled === true && <p class="hint">Of the newest {count(numberAt(value, 'calls'))} calls.</p>}
      <div class="cards">
        <section class="card">
          <h2>Traffic</h2>
          <Chart
            label={`Calls in the last ${span}: ${calls}, of which ${numberAt(value, 'errors')} failed and ${numberAt(value, 'refused')} were refused`}
            data={[times, series('calls'), series('errors'), series('refused')] as uPlot.AlignedData}
            lines={[['calls', '--chart-1'], ['failed', '--chart-2'], ['refused', '--chart-3']]}
          />
        </section>
        <section class="card">
          <h2>Latency, ms</h2>
          <Chart
            label={`Half of the calls took less than ${numberAt(value, 'p50_ms')} ms, 95 % less than ${numberAt(value, 'p95_ms')} ms`}
            data={[times, series('p50_ms'), series('p95_ms')] as uPlot.AlignedData}
            lines={[['half', '--chart-1'], ['95 %', '--chart-2']]}
          />
        </section>
      </div>
    </>
  );
}

function Figure({ title, value }: { title: string; value: string }) {
  return (
    <div class="figure">
      <span class="quiet">{title}</span>
      <strong>{value}</strong>
    </div>
  );
}

function GrantHealth({ grants }: { grants: Item[] }) {
  const lost = grants.filter((grant) => textAt(grant, 'state') !== 'active').length;
  return (
    <section class="card">
      <h2>Grants</h2>
      {grants.length === 0 ? (
        <p class="quiet">None yet. A grant is what a person allowed the gateway to do at a downstream account.</p>
      ) : (
        <p>
          <Badge tone="good">{grants.length - lost} in order</Badge> {lost > 0 && <a href="#/grants"><Badge tone="warn">{lost} must be reconnected</Badge></a>}
        </p>
      )}
    </section>
  );
}

function BudgetUse({ budgets }: { budgets: Item[] }) {
  return (
    <section class="card">
      <h2>Budgets</h2>
      {budgets.length === 0 && <p class="quiet">None yet. A budget says how much a person, a client or everybody may use. <a href="#/budgets">Budgets</a></p>}
      <ul class="bars">
        {budgets.slice(0, 8).map((budget) => {
          const used = numberAt(budget, 'used');
          const limit = used + numberAt(budget, 'remaining');
          return (
            <li key={textAt(budget, 'id')}>
              <span>{textAt(budget, 'id')}</span>
              <Bar used={used} limit={limit} label={`${textAt(budget, 'id')}: ${used} of ${limit}`} />
              <span class="quiet">{count(used)} / {count(limit)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
