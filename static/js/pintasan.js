// Keys of the inbox and the case, only for officers who turned them on. Each does nothing where its target is missing.
(function () {
  'use strict';
  var rows = Array.from(document.querySelectorAll('a[data-baris]'));

  function typing(element) {
    return element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== 'checkbox');
  }
  function place() {
    var row = document.activeElement && document.activeElement.closest('tr');
    return rows.findIndex(function (link) { return row && row.contains(link); });
  }
  function go(step) {
    if (!rows.length) return;
    var next = Math.min(Math.max(place() + step, 0), rows.length - 1);
    rows[next].focus();
  }
  function tick() {
    var at = place();
    var box = at < 0 ? null : rows[at].closest('tr').querySelector('input[name=laporan]');
    if (box) box.click();
  }
  function act(slug) {
    var bulk = document.querySelector('#terpilih button[value="' + slug + '"]');
    if (bulk && document.querySelector('input[name=laporan]:checked')) return bulk.click();
    var open = document.querySelector('form.tindakan[action*="/' + slug + '"]');
    if (open) {
      var field = open.querySelector('select, textarea, input:not([type=hidden])');
      return field && field.focus();
    }
    var link = document.querySelector('a[href*="tindakan=' + slug + '"]');
    if (link) link.click();
  }
  function focus(selector) {
    var field = document.querySelector(selector);
    if (field) field.focus();
  }
  var keys = {
    j: function () { go(1); },
    k: function () { go(-1); },
    x: tick,
    d: function () { act('disposisi'); },
    t: function () { act('tanggapan'); },
    c: function () { focus('form[action*="/catatan"] textarea'); },
    '/': function () { focus('#cari'); },
    '?': function () {
      var help = document.getElementById('pintasan');
      if (help && help.showModal && !help.open) help.showModal();
    }
  };
  document.addEventListener('keydown', function (event) {
    var key = keys[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    key();
  });
})();
