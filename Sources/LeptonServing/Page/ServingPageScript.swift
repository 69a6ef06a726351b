/// What the page does. Everything that comes from the server or a file is set as text, never as markup.
enum ServingPageScript {
  static let javaScript = """
    'use strict';
    const get = id => document.getElementById(id);
    const show = (id, on = true) => { get(id).hidden = !on; };
    let card = null, token = '', turn = 0, picture = null;

    async function ask(path, options = {}) {
      const headers = Object.assign({}, options.headers);
      if (token) headers.Authorization = 'Bearer ' + token;
      const answer = await fetch(path, Object.assign({}, options, { headers }));
      const text = await answer.text();
      let body = {};
      try { body = JSON.parse(text); } catch { body = { error: text || answer.statusText }; }
      if (!answer.ok) {
        const error = new Error(body.error || 'status ' + answer.status);
        error.status = answer.status;
        throw error;
      }
      return body;
    }

    async function open() {
      try {
        const models = await ask('v2/repository/index', { method: 'POST', body: '{}' });
        card = await ask('v2/models/' + encodeURIComponent(models[0].name) + '/card');
      } catch (error) {
        show('key', error.status === 401);
        get('summary').textContent = error.status === 401 ? '' : 'The server does not answer: ' + error.message;
        return;
      }
      show('key', false);
      present();
    }

    const count = new Intl.NumberFormat('en');

    function present() {
      document.title = card.name;
      get('name').textContent = card.name;
      const facts = [];
      if (card.task) facts.push(card.task);
      if (card.labels.length) facts.push(card.labels.length + ' classes');
      facts.push(count.format(card.parameters) + ' parameters');
      const accuracy = card.metrics['test.accuracy'];
      if (accuracy !== undefined) facts.push((100 * accuracy).toFixed(2) + ' % accuracy in its test');
      get('summary').textContent = facts.join(' \\u00b7 ');
      const path = location.origin + '/v2/models/' + card.name;
      const key = token ? " -H 'Authorization: Bearer TOKEN'" : '';
      show('desk');
      show('program');
      show(card.input.kind === 'image' ? 'image' : card.input.kind === 'row' ? 'row' : 'tensors');
      if (card.input.kind === 'image') {
        const { width, height, channels } = card.input;
        get('wanted').textContent = 'PNG or JPEG of any size; the model looks at ' + width + ' \\u00d7 '
          + height + (channels === 1 ? ' grey' : ' colour') + ' pixels.';
        get('curl').textContent = 'curl' + key + " -H 'Content-Type: image/png' --data-binary @picture.png \\\\\\n  " + path + '/predict';
      } else if (card.input.kind === 'row') {
        for (const column of card.input.columns) {
          const label = document.createElement('label');
          const input = document.createElement(column.kind === 'text' ? 'textarea' : 'input');
          input.name = column.name;
          input.dataset.kind = column.kind;
          input.autocomplete = 'off';
          if (column.kind === 'numeric') input.inputMode = 'decimal';
          label.append(column.name, input);
          if (column.kind === 'categorical') {
            const list = document.createElement('datalist');
            list.id = 'values of ' + column.name;
            list.append(...column.values.map(value => new Option(value, value)));
            input.setAttribute('list', list.id);
            label.append(list);
          }
          if (column.kind === 'text') label.className = 'wide';
          get('fields').append(label);
        }
        const row = Object.fromEntries(card.input.columns.slice(0, 3).map(column =>
          [column.name, column.kind === 'numeric' ? 0 : column.kind === 'text' ? 'words' : column.values[0]]));
        get('curl').textContent = 'curl' + key + " -H 'Content-Type: application/json' \\\\\\n  -d '"
          + JSON.stringify({ rows: [row] }).replace(/}]}$/, card.input.columns.length > 3 ? ', ...}]}' : '}]}')
          + "' \\\\\\n  " + path + '/predict';
      } else {
        get('infer').textContent = '/v2/models/' + card.name + '/infer';
        get('curl').textContent = 'curl' + key + ' ' + path;
      }
    }

    async function predict(body, type) {
      const mine = ++turn, start = performance.now();
      try {
        const answer = await ask('v2/models/' + encodeURIComponent(card.name) + '/predict',
          { method: 'POST', headers: { 'Content-Type': type }, body });
        if (mine === turn) tell(answer.predictions[0], performance.now() - start);
      } catch (error) {
        if (mine !== turn) return;
        show('nothing', false);
        show('answer', false);
        show('error');
        get('error').textContent = error.message;
      }
    }

    const percent = p => p === null ? '\\u2013' : p > 0.9995 && p < 1 ? '> 99.9 %'
      : p > 0 && p < 0.00005 ? '< 0.01 %' : (100 * p).toFixed(p > 0.0995 ? 1 : 2) + ' %';

    function tell(prediction, milliseconds) {
      show('nothing', false);
      show('error', false);
      show('answer');
      get('time').textContent = 'answered in ' + (milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)) + ' ms';
      if (prediction.boxes) return tellBoxes(prediction);
      get('label').textContent = prediction.label !== undefined ? prediction.label
        : prediction.outputs.map(x => x === null ? '\\u2013' : +x.toPrecision(6)).join('  ');
      get('sure').textContent = prediction.label !== undefined ? percent(prediction.probability) : '';
      const bars = get('bars'), more = get('more');
      const draw = n => bars.replaceChildren(...prediction.classes.slice(0, n).map(bar));
      draw(5);
      show('more', prediction.classes.length > 5);
      more.textContent = 'all ' + prediction.classes.length + ' classes';
      more.onclick = () => { draw(prediction.classes.length); show('more', false); };
    }

    const space = 'http://www.w3.org/2000/svg';

    // The picture is shown as large as goes in, and so are the boxes over it.
    function tellBoxes({ boxes, width, height }) {
      get('label').textContent = boxes.length === 0 ? 'nothing found' : boxes.length === 1 ? boxes[0].label : boxes.length + ' found';
      get('sure').textContent = boxes.length === 1 ? percent(boxes[0].score) : '';
      get('bars').replaceChildren(...boxes.map(box => bar({ label: box.label, probability: box.score })));
      show('more', false);
      const overlay = get('boxes');
      overlay.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
      overlay.replaceChildren(...boxes.map(box => {
        const group = document.createElementNS(space, 'g'), rect = document.createElementNS(space, 'rect');
        const title = document.createElementNS(space, 'title');
        for (const [name, value] of [['x', box.x1], ['y', box.y1], ['width', box.x2 - box.x1], ['height', box.y2 - box.y1]])
          rect.setAttribute(name, String(value));
        title.textContent = box.label + ' ' + percent(box.score);
        group.append(rect, title);
        return group;
      }));
    }

    function bar(entry) {
      const item = document.createElement('li'), line = document.createElement('div');
      const name = document.createElement('span'), value = document.createElement('span');
      name.textContent = entry.label;
      value.textContent = percent(entry.probability);
      line.append(name, value);
      const svg = document.createElementNS(space, 'svg'), rect = document.createElementNS(space, 'rect');
      svg.setAttribute('viewBox', '0 0 100 8');
      svg.setAttribute('preserveAspectRatio', 'none');
      svg.setAttribute('aria-hidden', 'true');
      rect.setAttribute('height', '8');
      rect.setAttribute('width', String(100 * (entry.probability || 0)));
      svg.append(rect);
      item.append(line, svg);
      return item;
    }

    function take(file) {
      if (!file || !card || card.input.kind !== 'image') return;
      if (picture) URL.revokeObjectURL(picture);
      picture = URL.createObjectURL(file);
      const preview = get('preview');
      preview.onload = () => preview.classList.toggle('small', preview.naturalWidth < 200);
      preview.src = picture;
      preview.alt = file.name || 'the pasted image';
      show('preview');
      show('hint', false);
      get('boxes').replaceChildren();
      predict(file, file.type || 'application/octet-stream');
    }

    get('key').onsubmit = event => { event.preventDefault(); token = get('token').value.trim(); open(); };
    get('file').onchange = event => { take(event.target.files[0]); event.target.value = ''; };
    get('row').onsubmit = event => {
      event.preventDefault();
      const row = {};
      for (const input of get('fields').querySelectorAll('input, textarea')) {
        const text = input.value.trim();
        const number = input.dataset.kind === 'numeric' ? Number(text) : NaN;
        row[input.name] = text === '' ? null : Number.isFinite(number) ? number : text;
      }
      predict(JSON.stringify({ rows: [row] }), 'application/json');
    };
    for (const name of ['dragenter', 'dragover']) addEventListener(name, event => {
      event.preventDefault();
      get('drop').classList.add('over');
    });
    for (const name of ['dragleave', 'drop']) addEventListener(name, event => {
      event.preventDefault();
      get('drop').classList.remove('over');
    });
    addEventListener('drop', event => take(event.dataTransfer.files[0]));
    addEventListener('paste', event => take(event.clipboardData.files[0]));
    open();
    """
}
