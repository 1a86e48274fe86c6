// Ticks of the inbox: all at once, and how many. Without this file each row is ticked by itself.
(function () {
  'use strict';
  var all = document.querySelector('[data-pilih-semua]');
  var boxes = Array.from(document.querySelectorAll('input[name=laporan][type=checkbox]'));
  var words = document.querySelector('[data-terpilih]');
  if (!all || !boxes.length) return;
  var before = words ? words.textContent : '';
  all.hidden = false;
  function count() {
    var ticked = boxes.filter(function (box) { return box.checked; }).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    if (words) words.textContent = ticked ? words.getAttribute('data-terpilih').replace('{n}', ticked) : before;
  }
  all.addEventListener('change', function () {
    boxes.forEach(function (box) { box.checked = all.checked; });
    count();
  });
  boxes.forEach(function (box) { box.addEventListener('change', count); });
  window.addEventListener('pageshow', count);
  count();
})();
