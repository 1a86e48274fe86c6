// Counts letters left under a long answer. The limit itself is told by the page and checked by the server.
(function () {
  'use strict';
  document.querySelectorAll('textarea[data-hitung]').forEach(function (area) {
    var limit = Number(area.getAttribute('data-hitung'));
    var line = document.getElementById(area.id + '-hitung');
    if (!line || !limit) return;
    var spoken = document.createElement('p');
    spoken.className = 'baca-layar';
    spoken.setAttribute('role', 'status');
    line.after(spoken);
    var timer;
    function count() {
      var left = limit - Array.from(area.value).length;
      var words = line.getAttribute(left < 0 ? 'data-lebih' : 'data-sisa').replace('{n}', Math.abs(left).toLocaleString('id-ID'));
      line.textContent = words;
      line.classList.toggle('medan__hitung--lebih', left < 0);
      return words;
    }
    area.addEventListener('input', function () {
      var words = count();
      clearTimeout(timer);
      // Said after a pause in typing, so that a screen reader is not interrupted at every key.
      timer = setTimeout(function () { spoken.textContent = words; }, 1500);
    });
    count();
  });
})();
