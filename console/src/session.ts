// SPDX-License-Identifier: Apache-2.0
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from './api';

export const CurrentSession = createContext<Session>({ name: '', role: 'viewer' });

const order = ['viewer', 'operator', 'admin'];

/** Whether the person may do what needs this role. The gateway decides; this only hides what it would refuse. */
export function useMay(role: Session['role']): boolean {
  return order.indexOf(useContext(CurrentSession).role) >= order.indexOf(role);
}
