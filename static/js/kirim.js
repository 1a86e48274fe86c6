// Sends a form once: after the first press the button is off and says so. Without this file the server's form key does the same job.
(function () {
  'use strict';
  document.addEventListener('submit', function (event) {
    var form = event.target;
    var words = form.getAttribute('data-kirim');
    if (!words || event.defaultPrevented) return;
    if (form.getAttribute('data-terkirim')) {
      event.preventDefault();
      return;
    }
    form.setAttribute('data-terkirim', '1');
    var button = event.submitter || form.querySelector('button[type=submit]');
    var news = document.createElement('p');
    news.className = 'kirim-kabar';
    news.setAttribute('role', 'status');
    form.appendChild(news);
    // After this turn, so that the button's own name and value are still sent.
    setTimeout(function () {
      if (button) {
        button.setAttribute('data-semula', button.textContent);
        button.disabled = true;
        button.textContent = words;
      }
      news.textContent = words;
    }, 0);
    setTimeout(function () {
      news.textContent = form.getAttribute('data-kirim-lambat') || words;
      news.classList.add('kirim-kabar--tampak');
    }, 20000);
  });
  // Back to a page kept in memory: the form must be usable again.
  window.addEventListener('pageshow', function (event) {
    if (!event.persisted) return;
    document.querySelectorAll('form[data-terkirim]').forEach(function (form) {
      form.removeAttribute('data-terkirim');
      form.querySelectorAll('.kirim-kabar').forEach(function (news) { news.remove(); });
      form.querySelectorAll('button[data-semula]').forEach(function (button) {
        button.disabled = false;
        button.textContent = button.getAttribute('data-semula');
      });
    });
  });
})();
