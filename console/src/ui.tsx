// SPDX-License-Identifier: Apache-2.0
import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { useCallback, useEffect, useId, useRef, useState } from 'preact/hooks';
import { Problem } from './api';

/** Loads when `key` changes; `again` loads anew and keeps what is shown until then. */
export function useLoad<T>(load: () => Promise<T>, key: string) {
  const [state, set] = useState<{ value?: T; error?: string }>({});
  const turn = useRef(0);
  const again = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const value = await load();
      if (mine === turn.current) set({ value });
    } catch (error) {
      if (mine === turn.current) set((before) => ({ ...before, error: said(error) }));
    }
  }, [key]);
  useEffect(() => {
    set({});
    void again();
    return () => {
      turn.current++;
    };
  }, [again]);
  return { ...state, again };
}

export const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

export function useEvery(milliseconds: number, call: () => void) {
  const latest = useRef(call);
  latest.current = call;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}

export function Button({ kind = 'plain', ...rest }: { kind?: 'plain' | 'main' | 'danger' } & Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'kind'>) {
  return <button type="button" {...rest} class={`button ${kind}`} />;
}

export function Field({ label, hint, children }: { label: string; hint?: string; children: (ids: { id: string; 'aria-describedby'?: string }) => ComponentChildren }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': hint ? `${id}-hint` : undefined })}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface TextFieldProps {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
  type?: 'text' | 'password' | 'url' | 'email';
  name?: string;
  required?: boolean;
  placeholder?: string;
  autocomplete?: 'off' | 'current-password' | 'new-password';
}

export function TextField({ label, hint, value, onValue, type = 'text', ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => <input {...rest} {...ids} type={type as 'text'} value={value} onInput={(event) => onValue(event.currentTarget.value)} />}
    </Field>
  );
}

export function Choice({ label, hint, value, onValue, options }: { label: string; hint?: string; value: string; onValue: (value: string) => void; options: [string, string][] }) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {options.map(([key, title]) => (
            <option value={key} key={key}>{title}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Trouble({ error }: { error?: unknown }) {
  if (!error) return null;
  const errors = error instanceof Problem ? error.errors : [];
  return (
    <div class="trouble" role="alert">
      {errors.length > 1 ? <ul>{errors.map((one) => <li key={one.path}>{one.message}</li>)}</ul> : typeof error === 'string' ? error : said(error)}
    </div>
  );
}

export function Badge({ tone, children }: { tone: 'good' | 'bad' | 'warn' | 'plain'; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** What an empty list teaches: what would stand here, and how it comes about. */
export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Dialog({ title, onClose, children, wide }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
  }, []);
  return (
    <dialog ref={dialog} class={wide ? 'wide' : ''} aria-labelledby={id} onClose={onClose} onCancel={onClose}>
      <header>
        <h2 id={id}>{title}</h2>
        <Button aria-label="Close" onClick={() => dialog.current?.close()}>✕</Button>
      </header>
      <div class="content">{children}</div>
    </dialog>
  );
}

/** Asks before something is destroyed, and shows why it could not be. */
export function Confirm({ title, text, action, run, onClose }: { title: string; text: ComponentChildren; action: string; run: () => Promise<unknown>; onClose: (done: boolean) => void }) {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await run();
      onClose(true);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={() => onClose(false)}>
      <p>{text}</p>
      <Trouble error={error} />
      <div class="actions">
        <Button onClick={() => onClose(false)}>Cancel</Button>
        <Button kind="danger" disabled={busy} onClick={() => void go()}>{action}</Button>
      </div>
    </Dialog>
  );
}

export function Copy({ text, label = 'Copy', of = '' }: { text: string; label?: string; of?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 2000);
    } catch {
      // Without permission the text is still there to be selected.
    }
  };
  return (
    <Button onClick={() => void copy()}>
      {done ? 'Copied' : label}
      {of && <span class="unseen"> {of}</span>}
      <span class="unseen" role="status">{done ? 'Copied to the clipboard' : ''}</span>
    </Button>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows
        .filter(([, value]) => value !== '' && value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function Bar({ used, limit, label }: { used: number; limit: number; label: string }) {
  const part = limit > 0 ? Math.min(used / limit, 1) : 0;
  return <meter class="bar" min={0} max={1} low={0.8} high={0.95} optimum={0} value={part} aria-label={label}>{Math.round(part * 100)}%</meter>;
}
