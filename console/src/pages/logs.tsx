// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'preact/hooks';
import { page, query, type Item } from '../api';
import { Table } from '../table';
import { Badge, Button, Choice, Dialog, Empty, Facts, said, TextField, Trouble } from '../ui';
import { at, text, textAt, time } from '../words';

const most = 100_000;

const columns = [
  { title: 'When', show: (item: Item) => time(item.time) },
  { title: 'What', show: (item: Item) => textAt(item, 'event') || textAt(item, 'method'), wide: true },
  { title: 'Item', show: (item: Item) => textAt(item, 'item') },
  { title: 'Server', show: (item: Item) => textAt(item, 'server') },
  { title: 'User', show: (item: Item) => textAt(item, 'user') },
  { title: 'Decision', show: (item: Item) => <Decision item={item} /> },
  { title: 'Status', show: (item: Item) => textAt(item, 'http_status') },
  { title: 'ms', show: (item: Item) => textAt(item, 'duration_ms') },
];

export function Decision({ item }: { item: Item }) {
  const effect = textAt(item, 'decision.effect');
  if (!effect) return null;
  return <Badge tone={effect === 'allow' ? 'good' : effect === 'deny' ? 'bad' : 'warn'}>{effect}</Badge>;
}

type Filters = Record<'kind' | 'server' | 'user' | 'tool' | 'decision', string>;

interface Records {
  items: Item[];
  next: string | null;
  error?: string;
  loaded: boolean;
}

const nothing: Records = { items: [], next: null, loaded: false };

/** Records, newest first; what comes later is put on top while it is live. */
function useRecords(filters: Filters, live: boolean) {
  const asked = JSON.stringify(filters);
  const [state, set] = useState<Records>(nothing);
  const latest = useRef(state);
  latest.current = state;
  const busy = useRef(false);
  useEffect(() => {
    let current = true;
    busy.current = false;
    set(nothing);
    page('logs', { ...filters, limit: 200 }).then(
      (got) => current && set({ items: got.items, next: got.next, loaded: true }),
      (error) => current && set({ ...nothing, loaded: true, error: said(error) }),
    );
    return () => {
      current = false;
    };
  }, [asked]);
  useEffect(() => {
    if (!live || !state.loaded) return;
    // From the newest that is shown, so that nothing falls between the list and the stream.
    const source = new EventSource(`/api/v1/events${query({ ...filters, after: latest.current.items[0] && textAt(latest.current.items[0], 'id') })}`);
    let fresh: Item[] = [];
    let frame = 0;
    const show = () => {
      frame = 0;
      const came = fresh.reverse();
      fresh = [];
      set((before) => ({ ...before, error: undefined, items: [...came, ...before.items].slice(0, most) }));
    };
    const take = (event: MessageEvent<string>) => {
      fresh.push(JSON.parse(event.data) as Item);
      frame ||= requestAnimationFrame(show);
    };
    source.addEventListener('call', take);
    source.addEventListener('event', take);
    source.onerror = () => set((before) => ({ ...before, error: 'The stream of new records was cut; it is being taken up again.' }));
    source.onopen = () => set((before) => ({ ...before, error: undefined }));
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [asked, live, state.loaded]);
  const more = async () => {
    if (busy.current || !latest.current.next || latest.current.items.length >= most) return;
    busy.current = true;
    try {
      const got = await page('logs', { ...filters, limit: 1000, cursor: latest.current.next });
      set((before) => ({ ...before, items: [...before.items, ...got.items], next: got.next }));
    } catch (error) {
      set((before) => ({ ...before, error: said(error) }));
    }
    busy.current = false;
  };
  return { ...state, more: () => void more() };
}

export function Logs() {
  const [filters, setFilters] = useState<Filters>({ kind: '', server: '', user: '', tool: '', decision: '' });
  const [live, setLive] = useState(true);
  const [open, setOpen] = useState<Item>();
  const list = useRecords(filters, live);
  const filter = (name: keyof Filters) => (value: string) => setFilters({ ...filters, [name]: value });
  const filtered = Object.values(filters).some(Boolean);
  return (
    <>
      <div class="row" role="search" aria-label="Filters">
        <Choice label="Kind" value={filters.kind} onValue={filter('kind')} options={[['', 'All'], ['call', 'Calls'], ['event', 'Events']]} />
        <Choice label="Decision" value={filters.decision} onValue={filter('decision')} options={[['', 'Any'], ['allow', 'allow'], ['deny', 'deny'], ['require_scope', 'require_scope'], ['shadow_deny', 'shadow_deny']]} />
        <TextField label="Server" value={filters.server} onValue={filter('server')} />
        <TextField label="User" value={filters.user} onValue={filter('user')} />
        <TextField label="Tool" value={filters.tool} onValue={filter('tool')} />
        <Button aria-pressed={live} onClick={() => setLive(!live)}>{live ? 'Live' : 'Paused'}</Button>
      </div>
      <Trouble error={list.error} />
      {!list.loaded && <p class="quiet" role="status">Loading…</p>}
      {list.loaded && list.items.length === 0 && (
        <Empty title={filtered ? 'Nothing fits these filters' : 'Nothing was recorded yet'}>
          <p>Every MCP call and every security event stands here within a second: who, with which client, what, and what was decided.</p>
        </Empty>
      )}
      {list.items.length > 0 && <Table label="Records" columns={columns} items={list.items} onMore={list.more} onOpen={setOpen} />}
      {open && <Record item={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Record({ item, onClose }: { item: Item; onClose: () => void }) {
  const shown = ['arguments', 'detail', 'result'].filter((name) => at(item, name) !== null);
  return (
    <Dialog title={textAt(item, 'event') || `${textAt(item, 'method')} ${textAt(item, 'item')}`} onClose={onClose} wide>
      <Facts rows={Object.entries(item).filter(([name]) => !shown.includes(name) && name !== 'v').map(([name, value]) => [name, name === 'time' ? `${time(value)} (${text(value)})` : text(value)])} />
      {shown.map((name) => (
        <section key={name}>
          <h3>{name}</h3>
          <pre tabIndex={0}>{typeof item[name] === 'string' ? text(item[name]) : JSON.stringify(item[name], null, 2)}</pre>
        </section>
      ))}
    </Dialog>
  );
}
