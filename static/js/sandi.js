// Shows or hides a typed password.
(function () {
  'use strict';
  document.querySelectorAll('button[data-sandi]').forEach(function (button) {
    var input = document.getElementById(button.getAttribute('data-sandi'));
    if (!input) return;
    var show = button.textContent;
    button.hidden = false;
    button.addEventListener('click', function () {
      var hidden = input.type === 'password';
      input.type = hidden ? 'text' : 'password';
      button.textContent = hidden ? button.getAttribute('data-sembunyi') : show;
    });
  });
})();
