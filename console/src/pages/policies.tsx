// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { has, post, type Item } from '../api';
import { column, Table } from '../table';
import { Badge, Button, Choice, Empty, Facts, Field, TextField, Trouble } from '../ui';
import { count, listAt, numberAt, text, textAt } from '../words';
import { Definitions } from './definitions';
import { Decision } from './logs';
import { Origin } from './servers';

export function Policies() {
  return (
    <>
      {has('POST policies/test') && <Tester />}
      {has('POST policies/replay') && <Replay />}
      <Definitions
        kind={{
          path: 'policies',
          noun: 'rule',
          columns: [column('Id', 'id'), { title: 'Effect', show: (item) => <Badge tone={textAt(item, 'effect') === 'allow' ? 'good' : textAt(item, 'effect') === 'deny' ? 'bad' : 'warn'}>{textAt(item, 'effect') || textAt(item, 'defined.effect')}</Badge> }, column('Server', 'server'), { title: 'When', show: (item) => text(item.when), wide: true }, { title: 'Defined in', show: (item) => <Origin item={item} /> }],
          sample: { name: 'interns-read-only', effect: 'deny', when: { groups: ['interns'], tools: ['*'], not_tools: ['get_*', 'list_*'] } },
          empty: (
            <Empty title="No rules yet">
              <p>Rules are asked in order and the first that matches decides; without one, the server's default_policy does. A rule that denies by name hides the tool; shadow_deny only records what it would have done, so that you can watch a rule before it bites.</p>
            </Empty>
          ),
        }}
      />
    </>
  );
}

function Tester() {
  const [fields, setFields] = useState({ server: '', user: '', client: '', tool: '', arguments: '{}' });
  const [answer, setAnswer] = useState<Item>();
  const [error, setError] = useState<unknown>();
  const set = (name: keyof typeof fields) => (value: string) => setFields({ ...fields, [name]: value });
  const test = async () => {
    setError(undefined);
    setAnswer(undefined);
    try {
      const question: Item = { server: fields.server, user: fields.user, tool: fields.tool, arguments: JSON.parse(fields.arguments || '{}') };
      if (fields.client) question.client = fields.client;
      setAnswer(await post('policies/test', question));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <details class="card">
      <summary>Test a call</summary>
      <form onSubmit={(event) => { event.preventDefault(); void test(); }}>
        <div class="row">
          <TextField label="Server" required value={fields.server} onValue={set('server')} />
          <TextField label="User" required value={fields.user} onValue={set('user')} />
          <TextField label="Client" value={fields.client} onValue={set('client')} />
          <TextField label="Tool" required value={fields.tool} onValue={set('tool')} />
        </div>
        <Field label="Arguments, as JSON">{(ids) => <textarea {...ids} class="code" rows={3} value={fields.arguments} onInput={(event) => set('arguments')(event.currentTarget.value)} />}</Field>
        <div class="actions"><Button kind="main" type="submit">Test</Button></div>
      </form>
      <Trouble error={error} />
      {answer && (
        <div role="status">
          <Decision item={{ decision: answer.decision ?? answer }} />
          <Facts rows={Object.entries(answer).map(([name, value]) => [name, text(value)])} />
        </div>
      )}
    </details>
  );
}

interface Tally {
  calls: number;
  changed: number;
  undecidable: number;
  rules: Map<string, Item>;
}

/** Recorded calls, batch by batch, the newest first. */
async function replayAll(policy: string, since: string, told: (tally: Tally) => void): Promise<Tally> {
  const tally: Tally = { calls: 0, changed: 0, undecidable: 0, rules: new Map() };
  for (let cursor = ''; ; ) {
    const batch: Item = await post('policies/replay', cursor ? { policy, since, cursor } : { policy, since });
    tally.calls += numberAt(batch, 'calls');
    tally.changed += numberAt(batch, 'changed');
    tally.undecidable += numberAt(batch, 'undecidable');
    for (const rule of listAt(batch, 'by_rule')) {
      const key = `${textAt(rule, 'server')}:${textAt(rule, 'rule')}`;
      const before = tally.rules.get(key);
      tally.rules.set(key, before ? { ...before, ...Object.fromEntries(['calls', 'changed', 'undecidable'].map((name) => [name, numberAt(before, name) + numberAt(rule, name)])) } : rule);
    }
    cursor = textAt(batch, 'next');
    if (!cursor) return tally;
    told({ ...tally });
  }
}

const spans: [string, string][] = [['1', '1 day'], ['7', '7 days'], ['30', '30 days']];

function Replay() {
  const [policies, setPolicies] = useState('policies:\n  - name: no-writes\n    effect: deny\n    when: {tools: ["create_*", "delete_*"]}\n');
  const [days, setDays] = useState('7');
  const [answer, setAnswer] = useState<Tally>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const replay = async () => {
    setError(undefined);
    setAnswer(undefined);
    setBusy(true);
    try {
      setAnswer(await replayAll(policies, new Date(Date.now() - Number(days) * 86_400_000).toISOString(), setAnswer));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const rules = answer && [...answer.rules.values()].map((rule): Item => ({ id: `${textAt(rule, 'server')}:${textAt(rule, 'rule')}`, ...rule }));
  return (
    <details class="card">
      <summary>Replay recorded calls against other rules</summary>
      <form onSubmit={(event) => { event.preventDefault(); void replay(); }}>
        <Field label="Rules, as YAML" hint="As they stand in gatehouse.yaml, for every server or below servers.">{(ids) => <textarea {...ids} class="code" rows={6} value={policies} onInput={(event) => setPolicies(event.currentTarget.value)} />}</Field>
        <Choice label="Calls of the last" value={days} onValue={setDays} options={spans} />
        <div class="actions"><Button kind="main" type="submit" disabled={busy}>{busy ? 'Replaying…' : 'Replay'}</Button></div>
      </form>
      <Trouble error={error} />
      {answer && (
        <div role="status">
          <p>{count(answer.calls)} calls: {count(answer.changed)} would change, {count(answer.undecidable)} cannot be decided from what was recorded.</p>
        </div>
      )}
      {rules && rules.length > 0 && <Table label="By rule" columns={[column('Rule', 'rule', true), column('Server', 'server'), column('Effect', 'effect'), column('Calls', 'calls'), column('Changed', 'changed'), column('Undecidable', 'undecidable')]} items={rules} />}
    </details>
  );
}
