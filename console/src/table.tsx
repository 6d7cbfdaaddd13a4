// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { page, type Item } from './api';
import { said, Trouble } from './ui';
import { textAt } from './words';

export interface Column {
  title: string;
  show: (item: Item) => ComponentChildren;
  wide?: boolean;
}

export const column = (title: string, path: string, wide?: boolean): Column => ({ title, show: (item) => textAt(item, path), wide });

const rowHeight = 40;
const beyond = 10;

/**
 * A table of any length: only the rows in sight are in the document. `onMore` is called when the end comes into
 * sight. With `onOpen`, the first cell of each row opens it.
 */
export function Table({ label, columns, items, onMore, onOpen }: { label: string; columns: Column[]; items: Item[]; onMore?: () => void; onOpen?: (item: Item) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => {
      setHeight(element.clientHeight);
      setFirst(Math.floor(element.scrollTop / rowHeight));
      if (onMore && element.scrollTop + element.clientHeight > element.scrollHeight - 20 * rowHeight) onMore();
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      element.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [items.length, onMore]);
  const start = Math.max(0, first - beyond);
  const end = Math.min(items.length, first + Math.ceil(height / rowHeight) + beyond);
  return (
    <div class="table" ref={box} tabIndex={0} role="region" aria-label={label}>
      <table aria-rowcount={items.length + 1}>
        <thead>
          <tr>{columns.map((one) => <th scope="col" class={one.wide ? 'wide' : ''} key={one.title}>{one.title}</th>)}</tr>
        </thead>
        <tbody>
          {start > 0 && <tr aria-hidden="true" style={{ height: `${start * rowHeight}px` }} />}
          {items.slice(start, end).map((item, index) => (
            <tr key={textAt(item, 'id') || start + index} aria-rowindex={start + index + 2}>
              {columns.map((one, place) => (
                <td key={one.title}>
                  {place === 0 && onOpen ? (
                    <button type="button" class="link" onClick={() => onOpen(item)}>{one.show(item) || '(no name)'}</button>
                  ) : (
                    one.show(item)
                  )}
                </td>
              ))}
            </tr>
          ))}
          {end < items.length && <tr aria-hidden="true" style={{ height: `${(items.length - end) * rowHeight}px` }} />}
        </tbody>
      </table>
    </div>
  );
}

/** A list of the API, page by page as one scrolls. `key` names what is asked for. */
export function usePages(path: string, fields: Record<string, string>, key = '') {
  const asked = path + JSON.stringify(fields) + key;
  const [state, set] = useState<{ asked: string; items: Item[]; next: string | null; error?: string; loaded: boolean }>({ asked, items: [], next: null, loaded: false });
  const busy = useRef(false);
  const latest = useRef(asked);
  latest.current = asked;
  const load = async (cursor?: string) => {
    if (busy.current && cursor) return;
    busy.current = true;
    try {
      const got = await page(path, { ...fields, limit: 200, cursor });
      if (latest.current === asked) set((before) => ({ asked, items: cursor ? [...before.items, ...got.items] : got.items, next: got.next, loaded: true }));
    } catch (error) {
      if (latest.current === asked) set((before) => ({ ...before, asked, error: said(error), loaded: true }));
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    void load();
  }, [asked]);
  const more = () => {
    if (state.next && state.asked === asked) void load(state.next);
  };
  return { ...state, more, again: () => load() };
}

export function Pages({ list, label, columns, onOpen, empty }: { list: ReturnType<typeof usePages>; label: string; columns: Column[]; onOpen?: (item: Item) => void; empty: ComponentChildren }) {
  if (!list.loaded) return <p class="quiet" role="status">Loading…</p>;
  return (
    <>
      <Trouble error={list.error} />
      {list.items.length === 0 && !list.error ? empty : <Table label={label} columns={columns} items={list.items} onMore={list.more} onOpen={onOpen} />}
    </>
  );
}
