/** uPlot with its style: what only a page can load. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export { uPlot };
