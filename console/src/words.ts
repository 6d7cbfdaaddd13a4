// SPDX-License-Identifier: Apache-2.0
// How values become words.
import type { Item, Json } from './api';

/** The member at "decision.effect", or null. */
export function at(item: Json | undefined, path: string): Json {
  let value: Json | undefined = item;
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
    value = value[name];
  }
  return value ?? null;
}

export function text(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export const textAt = (item: Item, path: string) => text(at(item, path));
export const numberAt = (item: Json | undefined, path: string) => {
  const value = at(item, path);
  return typeof value === 'number' ? value : 0;
};
export const listAt = (item: Json | undefined, path: string): Item[] => {
  const value = at(item, path);
  return Array.isArray(value) ? value.filter((one): one is Item => one !== null && typeof one === 'object' && !Array.isArray(one)) : [];
};

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

export function time(value: Json | undefined): string {
  const date = new Date(text(value));
  return Number.isNaN(date.getTime()) ? '' : clock.format(date);
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** "3 minutes ago", "in 5 days". */
export function ago(value: Json | undefined): string {
  const date = new Date(text(value)).getTime();
  if (Number.isNaN(date)) return '';
  const seconds = (date - Date.now()) / 1000;
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relative.format(Math.round(seconds / length), unit);
}

export const count = (value: number) => value.toLocaleString();
