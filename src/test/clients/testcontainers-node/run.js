const {GenericContainer, Wait} = require('testcontainers');

(async () => {
  const container = await new GenericContainer('busybox:local')
    .withNetworkMode('none')
    .withCommand(['sh', '-c', 'echo ready; sleep 1000'])
    .withCopyContentToContainer([{content: 'copied', target: '/tmp/file'}])
    .withWaitStrategy(Wait.forLogMessage('ready'))
    .start();
  console.log((await container.exec(['cat', '/tmp/file'])).output);
  await container.stop({timeout: 0});
})();
