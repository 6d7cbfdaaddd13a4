// SPDX-License-Identifier: Apache-2.0
// Lists of what the file or the console defines: profiles, rules, budgets.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { all, has, remove, type Item } from '../api';
import { Editor } from '../editor';
import { useMay } from '../session';
import { Table, type Column } from '../table';
import { Button, Confirm, Dialog, Facts, Trouble, useLoad } from '../ui';
import { text, textAt } from '../words';

export interface Kind {
  path: string;
  noun: string;
  columns: Column[];
  sample: Item;
  empty: ComponentChildren;
  /** More about one of them. */
  more?: (item: Item) => ComponentChildren;
}

export function Definitions({ kind }: { kind: Kind }) {
  const list = useLoad(() => all(kind.path), kind.path);
  const [open, setOpen] = useState<string>();
  const [mode, setMode] = useState<'show' | 'edit' | 'remove' | 'make'>('show');
  const may = useMay('operator') && has(`POST ${kind.path}`);
  const shown = list.value?.find((item) => textAt(item, 'id') === open);
  const close = () => {
    setOpen(undefined);
    setMode('show');
  };
  const saved = () => void list.again();
  return (
    <>
      <div class="actions">{may && <Button kind="main" onClick={() => setMode('make')}>New {kind.noun}</Button>}</div>
      <Trouble error={list.error} />
      {list.value?.length === 0 && kind.empty}
      {list.value && list.value.length > 0 && <Table label={kind.path} columns={kind.columns} items={list.value} onOpen={(item) => setOpen(textAt(item, 'id'))} />}
      {mode === 'make' && <Editor kind={kind.path} noun={kind.noun} sample={kind.sample} onClose={() => setMode('show')} onSaved={saved} />}
      {shown && mode === 'show' && (
        <Dialog title={textAt(shown, 'name')} onClose={close} wide>
          {kind.more?.(shown)}
          <Facts rows={Object.entries(shown).filter(([name]) => name !== 'defined' && name !== 'use').map(([name, value]) => [name, text(value)])} />
          {may && shown.defined !== undefined && (
            <div class="actions">
              <Button onClick={() => setMode('edit')}>Edit</Button>
              <Button kind="danger" onClick={() => setMode('remove')}>Remove</Button>
            </div>
          )}
          {may && shown.defined === undefined && <p class="hint">{textAt(shown, 'origin') === 'file' ? 'The configuration file defines it; change it there.' : 'It is part of its server; change it there.'}</p>}
        </Dialog>
      )}
      {shown && mode === 'edit' && <Editor kind={kind.path} item={shown} onClose={() => setMode('show')} onSaved={saved} />}
      {shown && mode === 'remove' && (
        <Confirm
          title={`Remove ${textAt(shown, 'id')}?`}
          text="It ends at once, on every replica."
          action="Remove"
          run={() => remove(`${kind.path}/${encodeURIComponent(textAt(shown, 'id'))}`)}
          onClose={(done) => {
            if (done) saved();
            close();
          }}
        />
      )}
    </>
  );
}
