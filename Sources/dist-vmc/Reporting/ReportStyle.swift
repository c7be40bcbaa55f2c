/// What makes a report look and answer the way it does.
enum ReportStyle {
    /// Colours have a contrast of 3:1 and more against the background, in the light and in the dark.
    static let css = """
        :root {
          color-scheme: light dark;
          --background: #ffffff; --panel: #f6f7f9; --text: #1b1f24; --quiet: #57606a; --rule: #d8dde3; --warn: #8a4b00;
          --c0: #0b63c4; --c1: #c2410c; --c2: #15803d; --c3: #8b2fc9; --c4: #be123c; --c5: #0e7490; --c6: #7a5200; --c7: #4b5563;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --background: #0f1318; --panel: #181d24; --text: #e6e9ed; --quiet: #a0a9b4; --rule: #323a45; --warn: #f0b35c;
            --c0: #6cb2ff; --c1: #ff9b5e; --c2: #5fd38a; --c3: #d2a1ff; --c4: #ff7f9b; --c5: #4fd0e6; --c6: #e6bf4d; --c7: #b3bcc7;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--background); color: var(--text); line-height: 1.45;
          font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        header { position: sticky; top: 0; z-index: 2; padding: .5rem 1rem; background: var(--background);
          border-bottom: 1px solid var(--rule); display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; align-items: baseline; }
        header .legend { max-height: 4.2rem; overflow: auto; min-width: 0; line-height: 1.4rem; }
        main, footer { max-width: 78rem; margin: 0 auto; padding: 0 1rem; }
        footer { color: var(--quiet); font-size: .85rem; padding-bottom: 2rem; }
        h1 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
        h3 { font-size: 1rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: 0; padding: 0; font-size: .9rem; }
        .legend li { display: flex; align-items: center; gap: .4rem; max-width: 100%; min-width: 0; }
        .legend li span:not(.chip) { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .swatch { width: 22px; height: 8px; flex: none; margin-right: .4rem; vertical-align: middle; }
        .legend .swatch { margin-right: 0; }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
        figure { margin: 0; padding: .6rem .6rem .3rem; background: var(--panel); border-radius: 6px; position: relative; min-width: 0;
          display: flex; flex-direction: column; justify-content: space-between; }
        figcaption { font-size: .9rem; margin-bottom: .3rem; overflow-wrap: anywhere; }
        figcaption span { color: var(--quiet); font-size: .82rem; }
        figure svg { width: 100%; height: auto; display: block; touch-action: pan-y; }
        .small { display: none; }
        @media (min-width: 56rem) { figure.wide { grid-column: 1 / -1; } }
        @media (max-width: 55.99rem) { .large { display: none; } .small { display: block; } }
        .grid path { stroke: var(--rule); fill: none; stroke-width: 1; }
        .grid .axis { stroke: var(--quiet); }
        .ticks text { fill: var(--quiet); font-family: inherit; font-variant-numeric: tabular-nums; }
        .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
        .line.dashed { stroke-dasharray: 6 3; } .line.dotted { stroke-dasharray: 1.5 3.5; }
        .band { fill-opacity: .22; stroke: none; }
        .bar { fill: none; stroke-width: 1.5; }
        .reference { fill: none; stroke-width: 1.3; stroke-dasharray: 7 4; }
        .neutral { stroke: var(--text); }
        .estimate { stroke: var(--panel); stroke-width: .8; }
        \(runColours)
        \(phaseColours)
        .key, .remarks { color: var(--quiet); font-size: .88rem; margin: .6rem 0 0; }
        .remarks { padding: .6rem .8rem .6rem 2rem; border-left: 4px solid var(--warn); background: var(--panel); color: var(--text);
          overflow-wrap: anywhere; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .3rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
        th { font-weight: 600; } thead th { color: var(--quiet); font-weight: 500; }
        .name { text-align: left; position: sticky; left: 0; background: var(--background); max-width: 14rem; overflow-wrap: anywhere;
          white-space: normal; padding-left: 0; min-width: 8.5rem; }
        .observables td { min-width: 8.8rem; } .observables .name { min-width: 10.5rem; } .observables .name.short { white-space: nowrap; }
        .observables > details:first-of-type { margin-top: 1rem; }
        @media (max-width: 30rem) { th, td { padding: .3rem .4rem; } .observables td, .observables .name { min-width: 0; } }
        .bars { max-width: 48rem; margin-bottom: .8rem; }
        .phases p { display: flex; justify-content: space-between; gap: 1rem; margin: .5rem 0 .15rem; font-size: .9rem; overflow-wrap: anywhere; }
        .stack { display: flex; height: 1.1rem; border-radius: 3px; overflow: hidden; background: var(--panel); }
        .stack span { height: 100%; } .bars .legend { margin-top: .6rem; }
        .chip { width: .8rem; height: .8rem; border-radius: 2px; flex: none; }
        details { margin: .5rem 0 1rem; } summary { cursor: pointer; }
        pre { overflow-x: auto; background: var(--panel); padding: .7rem; font-size: .82rem; }
        article { padding: .8rem; background: var(--panel); border-radius: 6px; margin-bottom: 1rem; }
        article pre { background: var(--background); }
        dl { display: grid; grid-template-columns: fit-content(14rem) 1fr; gap: .25rem 1rem; margin: 0; font-size: .9rem; }
        dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
        @media (max-width: 30rem) { dl { grid-template-columns: 6.2rem 1fr; } }
        .tip { position: absolute; pointer-events: none; background: var(--text); color: var(--background); font-size: .8rem;
          padding: .25rem .5rem; border-radius: 4px; white-space: nowrap; z-index: 1; display: none; font-variant-numeric: tabular-nums; }
        .cursor { stroke: var(--quiet); stroke-width: 1; fill: none; }
        @media print { header { position: static; } figure, article { break-inside: avoid; } }
        """

    private static let runColours = (0..<RunColour.count).map { run in
        ".line.c\(run), .bar.c\(run), .reference.c\(run) { stroke: var(--c\(run)); } "
            + ".band.c\(run), .dot.c\(run), .estimate.c\(run) { fill: var(--c\(run)); }"
    }.joined(separator: "\n")

    /// Sampling, local energies, linearisation, forces, solving, updating, and the rest.
    private static let phaseColours = zip(0..., [0, 1, 2, 6, 3, 4, 7])
        .map { ".p\($0) { background: var(--c\($1)); }" }.joined(separator: "\n")

    /// Values under the pointer, read back from the drawn paths.
    static let script = """
        for (const svg of document.querySelectorAll("figure svg[data-plot]")) {
          const [left, top, width, height] = svg.dataset.plot.split(",").map(Number);
          const [x0, x1] = svg.dataset.x.split(",").map(Number);
          const [y0, y1, form] = svg.dataset.y.split(",").map((part, i) => i < 2 ? Number(part) : part);
          const names = [...document.querySelectorAll("header .legend li span")].map((span) => span.textContent);
          const figure = svg.closest("figure");
          let curves = null, tip = null, cursor = null;
          const value = (y) => {
            const share = (top + height - y) / height;
            return form === "log" ? Math.pow(10, Math.log10(y0) + share * (Math.log10(y1) - Math.log10(y0))) : y0 + share * (y1 - y0);
          };
          const text = (number) => {
            const digits = form === "log" ? 3 : Math.max(3, Math.ceil(Math.log10(Math.abs(number || 1) / (y1 - y0))) + 4);
            return String(Number(number.toPrecision(Math.min(digits, 12)))).replace("-", "\\u2212");
          };
          const prepare = () => {
            curves = [...svg.querySelectorAll(".line")].map((path) => ({
              run: Number(path.dataset.run),
              points: path.getAttribute("d").slice(1).split(/[ML]/).map((pair) => pair.split(",").map(Number)),
            }));
            tip = figure.appendChild(document.createElement("div"));
            tip.className = "tip";
            cursor = svg.appendChild(document.createElementNS(svg.namespaceURI, "path"));
            cursor.setAttribute("class", "cursor");
          };
          svg.addEventListener("pointermove", (event) => {
            if (!curves) prepare();
            const box = svg.getBoundingClientRect();
            const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
            const found = curves.map((curve) => ({ run: curve.run, point: curve.points.reduce((best, point) =>
              Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best) }));
            if (!found.length) return;
            const nearest = found.reduce((best, one) =>
              Math.abs(one.point[0] - x) < Math.abs(best.point[0] - x) ? one : best).point[0];
            const shown = found.filter((one) => Math.abs(one.point[0] - nearest) < 1);
            const step = Math.round(x0 + (nearest - left) / width * (x1 - x0));
            tip.textContent = "";
            for (const line of ["step " + step, ...shown.map((one) =>
              (names.length ? names[one.run] + ": " : "") + text(value(one.point[1])))]) {
              tip.appendChild(document.createElement("div")).textContent = line;
            }
            cursor.setAttribute("d", `M${nearest},${top}V${top + height}`);
            cursor.style.display = tip.style.display = "block";
            const outer = figure.getBoundingClientRect();
            const place = event.clientX - outer.left + 12;
            tip.style.left = Math.max(0, Math.min(place, outer.width - tip.offsetWidth - 4)) + "px";
            tip.style.top = Math.max(0, event.clientY - outer.top - tip.offsetHeight - 12) + "px";
          });
          svg.addEventListener("pointerleave", () => {
            if (tip) cursor.style.display = tip.style.display = "none";
          });
        }
        """
}
