// Copies a number or PIN, prints the receipt. The buttons stay hidden where the browser cannot do it.
(function () {
  'use strict';
  document.querySelectorAll('button[data-cetak]').forEach(function (button) {
    button.hidden = false;
    button.addEventListener('click', function () { window.print(); });
  });
  if (!navigator.clipboard) return;
  document.querySelectorAll('button[data-salin]').forEach(function (button) {
    button.hidden = false;
    var words = button.querySelector('span');
    var before = words.textContent;
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(button.getAttribute('data-salin')).then(function () {
        words.textContent = button.getAttribute('data-salin-selesai');
        setTimeout(function () { words.textContent = before; }, 4000);
      });
    });
  });
})();
