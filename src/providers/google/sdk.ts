/** Google's SDK, in a module of its own that is loaded when Google is asked first. */
import { calendar, type calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';

export const createCalendarSdk = (): calendar_v3.Calendar => calendar({ version: 'v3' });
