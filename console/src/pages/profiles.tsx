// SPDX-License-Identifier: Apache-2.0
import { column } from '../table';
import { Empty } from '../ui';
import { Definitions } from './definitions';
import { Origin } from './servers';

export const Profiles = () => (
  <Definitions
    kind={{
      path: 'profiles',
      noun: 'profile',
      columns: [column('Name', 'name'), column('Issuer', 'issuer', true), column('Registration', 'registration'), column('Client', 'client.id'), column('Scopes', 'scopes', true), { title: 'Defined in', show: (item) => <Origin item={item} /> }],
      sample: { name: 'todo', issuer: 'https://auth.example.com', client: { id: 'gatehouse', secret: '' }, scopes: [], identity: { from: 'id_token', same_user: 'email' } },
      empty: (
        <Empty title="No profiles yet">
          <p>A profile is one authorization server behind your runtimes: its issuer, the gateway's client there, the scopes it may ask for, and how the account names the person. Any number of servers share one.</p>
        </Empty>
      ),
    }}
  />
);
