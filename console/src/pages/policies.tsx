// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';
import { has, post, type Item } from '../api';
import { column } from '../table';
import { Badge, Button, Empty, Facts, Field, TextField, Trouble } from '../ui';
import { text, textAt } from '../words';
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

function Replay() {
  const [policies, setPolicies] = useState('policies:\n  - name: no-writes\n    effect: deny\n    when: {tools: ["create_*", "delete_*"]}\n');
  const [since, setSince] = useState('7d');
  const [answer, setAnswer] = useState<Item>();
  const [error, setError] = useState<unknown>();
  const replay = async () => {
    setError(undefined);
    setAnswer(undefined);
    try {
      setAnswer(await post('policies/replay', { file: policies, since }));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <details class="card">
      <summary>Replay recorded calls against other rules</summary>
      <form onSubmit={(event) => { event.preventDefault(); void replay(); }}>
        <Field label="Rules, as YAML">{(ids) => <textarea {...ids} class="code" rows={6} value={policies} onInput={(event) => setPolicies(event.currentTarget.value)} />}</Field>
        <TextField label="Since" hint="1h, 7d, or a time" value={since} onValue={setSince} />
        <div class="actions"><Button kind="main" type="submit">Replay</Button></div>
      </form>
      <Trouble error={error} />
      {answer && <div role="status"><Facts rows={Object.entries(answer).map(([name, value]) => [name, text(value)])} /></div>}
    </details>
  );
}
