console.error('said on the console');
setTimeout(() => { throw new Error('thrown late'); }, 10);
Promise.reject(new Error('rejected by nobody'));
const worker = new Worker('bad-worker.js', { type: 'module' });
worker.onmessage = () => setTimeout(() => { window.asked = true; }, 50);
