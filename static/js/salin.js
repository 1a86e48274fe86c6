// Copies a number or PIN. The buttons stay hidden where the browser cannot copy.
(function () {
  'use strict';
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
