// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

/** Lines over time. `label` says in words what they show. */
export function Chart({ label, data, lines }: { label: string; data: uPlot.AlignedData; lines: [string, string][] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const build = () => {
      plot.current?.destroy();
      const colour = (name: string) => getComputedStyle(element).getPropertyValue(name);
      const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height: 180,
          legend: { show: false },
          cursor: { show: false },
          scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.1, 1)] } },
          axes: [axis, { ...axis, size: 46 }],
          series: [{}, ...lines.map(([title, name]) => ({ label: title, stroke: colour(name), width: 2, points: { show: false } }))],
        },
        data,
        element,
      );
    };
    build();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const resized = () => plot.current?.setSize({ width: element.clientWidth, height: 180 });
    dark.addEventListener('change', build);
    addEventListener('resize', resized);
    return () => {
      dark.removeEventListener('change', build);
      removeEventListener('resize', resized);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [lines.length]);
  useEffect(() => plot.current?.setData(data), [data]);
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={label} />
      <figcaption>
        {lines.map(([title, name]) => (
          <span key={title}><svg width="12" height="4" aria-hidden="true"><rect width="12" height="4" class={name.slice(2)} /></svg> {title}</span>
        ))}
      </figcaption>
    </figure>
  );
}
