// SPDX-License-Identifier: Apache-2.0
import 'uplot/dist/uPlot.min.css';
import './console.css';
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { has, onSignedOut, resume, signIn, signOut, type Session } from './api';
import { CurrentSession } from './session';
import { Button, said, TextField, Trouble } from './ui';
import { ApiKeys } from './pages/api_keys';
import { Attempts } from './pages/attempts';
import { Budgets } from './pages/budgets';
import { Clients, Connections, Grants, Keys } from './pages/holdings';
import { Logs } from './pages/logs';
import { Overview } from './pages/overview';
import { Policies } from './pages/policies';
import { Profiles } from './pages/profiles';
import { Servers } from './pages/servers';
import { Status } from './pages/status';
import { Tokens } from './pages/tokens';
import { Users } from './pages/users';

interface Place {
  path: string;
  title: string;
  page: () => preact.JSX.Element;
  needs?: string;
}

const places: Place[] = [
  { path: '', title: 'Overview', page: Overview },
  { path: 'servers', title: 'Servers', page: Servers },
  { path: 'profiles', title: 'Profiles', page: Profiles },
  { path: 'users', title: 'Users', page: Users },
  { path: 'clients', title: 'Clients', page: Clients },
  { path: 'connections', title: 'Connections', page: Connections },
  { path: 'grants', title: 'Grants', page: Grants },
  { path: 'logs', title: 'Live log', page: Logs },
  { path: 'attempts', title: 'Attempts', page: Attempts, needs: 'GET attempts' },
  { path: 'policies', title: 'Policies', page: Policies },
  { path: 'budgets', title: 'Budgets', page: Budgets },
  { path: 'keys', title: 'Signing keys', page: Keys },
  { path: 'api-keys', title: 'API keys', page: ApiKeys },
  { path: 'tokens', title: 'Personal tokens', page: Tokens, needs: 'GET tokens' },
  { path: 'status', title: 'Status', page: Status },
];

const here = () => location.hash.replace(/^#\/?/, '').split('?')[0];

function usePlace(): string {
  const [path, set] = useState(here());
  useEffect(() => {
    const moved = () => set(here());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return path;
}

function SignIn({ onDone }: { onDone: (session: Session) => void }) {
  const [credential, setCredential] = useState('');
  const [error, setError] = useState<string>();
  const submit = async () => {
    try {
      onDone(await signIn(credential.trim()));
    } catch (failure) {
      setError(said(failure));
    }
  };
  return (
    <main class="sign-in">
      <h1>Gatehouse</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField label="Admin token or API key" hint="The admin token is in admin.token, in the gateway's data folder." type="password" name="credential" autocomplete="current-password" value={credential} onValue={setCredential} />
        <Trouble error={error} />
        <Button kind="main" type="submit">Sign in</Button>
      </form>
    </main>
  );
}

function Shell({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  const path = usePlace();
  const shown = places.filter((place) => !place.needs || has(place.needs));
  const place = shown.find((one) => one.path === path.split('/')[0]) ?? shown[0];
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${place.title} · Gatehouse`;
    // A screen reader hears where a link led to.
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [place]);
  const Page = place.page;
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); heading.current?.focus(); }}>Skip to the content</a>
      <header class="top">
        <a class="brand" href="#/">Gatehouse</a>
        <span class="who">
          {session.name} <span class="badge plain">{session.role}</span>
        </span>
        <Button onClick={onSignOut}>Sign out</Button>
      </header>
      <nav aria-label="Console">
        <ul>
          {shown.map((one) => (
            <li key={one.path}>
              <a href={`#/${one.path}`} aria-current={one === place ? 'page' : undefined}>{one.title}</a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main">
        <h1 ref={heading} tabIndex={-1}>{place.title}</h1>
        <Page key={place.path} />
      </main>
    </div>
  );
}

function Console() {
  const [session, setSession] = useState<Session | null>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    onSignedOut(() => setSession(null));
    resume().then(setSession, (failure) => setError(said(failure)));
  }, []);
  if (error) return <main class="sign-in"><h1>Gatehouse</h1><Trouble error={error} /></main>;
  if (session === undefined) return <main class="sign-in"><h1>Gatehouse</h1><p role="status">Loading…</p></main>;
  if (session === null) return <SignIn onDone={setSession} />;
  const leave = async () => {
    try {
      await signOut();
    } finally {
      setSession(null);
    }
  };
  return (
    <CurrentSession.Provider value={session}>
      <Shell session={session} onSignOut={() => void leave()} />
    </CurrentSession.Provider>
  );
}

const root = document.getElementById('console');
if (root) render(<Console />, root);
