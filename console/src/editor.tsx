// SPDX-License-Identifier: Apache-2.0
// One definition as JSON, held against the whole configuration while it is written.
import { useEffect, useState } from 'preact/hooks';
import { getTagged, patch, post, query, type Item, type Json } from './api';
import { Button, Dialog, Field, Trouble } from './ui';
import { textAt } from './words';

const parse = (written: string): Item => {
  const value: unknown = JSON.parse(written);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('Expected an object: { … }');
  return value as Item;
};

/** What PATCH needs to turn `before` into `after`: members that went are null. */
export function difference(before: Item, after: Item): Item {
  const change: Item = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]];
    if (is === undefined) change[name] = null;
    else if (isObject(was) && isObject(is)) {
      const inner = difference(was, is);
      if (Object.keys(inner).length) change[name] = inner;
    } else if (JSON.stringify(was) !== JSON.stringify(is)) change[name] = is;
  }
  return change;
}

const isObject = (value: Json | undefined): value is Item => value !== null && typeof value === 'object' && !Array.isArray(value);

/** With `item` it changes that, else it makes one from `sample`. */
export function Editor({ kind, noun = '', item, sample, onClose, onSaved }: { kind: string; noun?: string; item?: Item; sample?: Item; onClose: () => void; onSaved: () => void }) {
  const id = item && textAt(item, 'id');
  const before = isObject(item?.defined) ? item.defined : {};
  const [written, setWritten] = useState(JSON.stringify(item ? before : sample, null, 2));
  const [error, setError] = useState<unknown>();
  const [fine, setFine] = useState(false);
  const [etag, setEtag] = useState('');
  const path = id ? `${kind}/${encodeURIComponent(id)}` : kind;
  useEffect(() => {
    if (id) getTagged(path).then((got) => setEtag(got.etag), setError);
  }, [path]);
  const keep = (trying: boolean) => {
    const wanted = parse(written);
    const where = path + (trying ? query({ dry_run: 'true' }) : '');
    return id ? patch(where, difference(before, wanted), etag) : post(where, wanted);
  };
  // Problems as one types, a moment after the last key.
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      Promise.resolve()
        .then(() => keep(true))
        .then(
          () => current && (setError(undefined), setFine(true)),
          (failure) => current && (setError(failure), setFine(false)),
        );
    }, 400);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [written, etag]);
  const save = async () => {
    try {
      await keep(false);
      onSaved();
      onClose();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog title={id ? `Edit ${id}` : `New ${noun}`} onClose={onClose} wide>
      <Field label="Definition" hint="The same keys as in gatehouse.yaml. A secret shown as sha256:… stays as it is.">
        {(ids) => <textarea {...ids} class="code" spellcheck={false} rows={16} value={written} onInput={(event) => setWritten(event.currentTarget.value)} />}
      </Field>
      <Trouble error={error} />
      <p role="status" class="quiet">{fine ? 'No problems.' : ''}</p>
      <div class="actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="main" disabled={!fine} onClick={() => void save()}>Save</Button>
      </div>
    </Dialog>
  );
}
