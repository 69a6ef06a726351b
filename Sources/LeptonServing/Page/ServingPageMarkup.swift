/// What stands on the page before the script fills it.
enum ServingPageMarkup {
  static let html = """
    <main>
      <header>
        <h1 id="name">Model</h1>
        <p id="summary" class="muted">asking the server ...</p>
      </header>

      <form id="key" class="card" hidden>
        <label for="token">This server asks for a token.</label>
        <div class="line">
          <input id="token" type="password" autocomplete="off" spellcheck="false">
          <button>Open</button>
        </div>
      </form>

      <div id="desk" class="desk" hidden>
        <section class="card" aria-label="Input">
          <div id="image" hidden>
            <label id="drop" class="drop" tabindex="0">
              <input id="file" type="file" accept="image/png,image/jpeg">
              <img id="preview" alt="" hidden>
              <svg id="boxes" class="boxes" aria-hidden="true"></svg>
              <span id="hint"><b>Drop an image</b><br>or choose, or paste one</span>
            </label>
            <p id="wanted" class="muted"></p>
          </div>
          <form id="row" hidden>
            <div id="fields" class="fields"></div>
            <button>Predict</button>
          </form>
          <div id="tensors" hidden>
            <p>This model takes prepared tensors. Send them to
            <code id="infer"></code> as the Open Inference Protocol has it.</p>
          </div>
        </section>

        <section class="card" aria-label="Answer" aria-live="polite">
          <p id="nothing" class="muted">The answer appears here.</p>
          <p id="error" class="error" hidden></p>
          <div id="answer" hidden>
            <p class="verdict"><span id="label"></span> <span id="sure" class="muted"></span></p>
            <ol id="bars" class="bars"></ol>
            <button id="more" class="quiet" type="button" hidden></button>
            <p id="time" class="muted"></p>
          </div>
        </section>
      </div>

      <details id="program" class="card" hidden>
        <summary>From a program</summary>
        <pre><code id="curl"></code></pre>
        <p class="muted">Everything else: <a href="openapi.json">openapi.json</a>.</p>
      </details>
    </main>
    """
}
