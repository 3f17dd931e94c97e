// The same module serves page and worker; it looks at where it runs.
import init from './app.js';
await init();
