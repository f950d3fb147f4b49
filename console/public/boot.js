// Runs before the first paint so that a chosen theme never flashes.
(function () {
  try {
    var theme = localStorage.getItem('vigie.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    document.documentElement.lang = localStorage.getItem('vigie.language') || 'en';
  } catch (_) {
    // Storage may be closed to us; the system's theme is then right.
  }
})();
