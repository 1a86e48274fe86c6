// Import: a file can be dropped on the form; progress is looked at again every two seconds. Without this file the field and a refresh do the same.
(function () {
  'use strict';
  var place = document.querySelector('[data-jatuhkan]');
  var field = place && place.querySelector('input[type=file]');
  if (field) {
    ['dragenter', 'dragover'].forEach(function (name) {
      place.addEventListener(name, function (event) {
        event.preventDefault();
        place.classList.add('jatuhkan--di-atas');
      });
    });
    ['dragleave', 'drop'].forEach(function (name) {
      place.addEventListener(name, function () { place.classList.remove('jatuhkan--di-atas'); });
    });
    place.addEventListener('drop', function (event) {
      event.preventDefault();
      if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
    });
  }
  function look() {
    var shown = document.getElementById('kemajuan');
    if (!shown || !shown.hasAttribute('data-berjalan')) return;
    fetch(location.href, { credentials: 'same-origin' }).then(function (answer) {
      return answer.text();
    }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, 'text/html').getElementById('kemajuan');
      if (!fresh || !fresh.hasAttribute('data-berjalan')) {
        location.reload();
        return;
      }
      shown.replaceWith(fresh);
      setTimeout(look, 2000);
    }).catch(function () { setTimeout(look, 5000); });
  }
  setTimeout(look, 2000);
})();
