console.error('said by the worker');
postMessage('done');
