// The colours that the user has chosen, before anything is drawn; so this is no module. A cookie is the same for every port of this
// machine, and the server's port is another one each time.
(() => {
  const found = /(?:^|; )p2pm-theme=(light|dark)/.exec(document.cookie);
  if (found) document.documentElement.dataset.theme = found[1];
})();
