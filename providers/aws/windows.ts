/** Windows of time as AWS writes them: `02:00-03:00` of each day, `sun:04:00-sun:05:00` of each week; always UTC. */

const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const daysOfWeek = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"] as const;

export const defaultWindows = { backup: "02:00-03:00", maintenance: "sun:04:00-sun:05:00" } as const;

const minutesADay = 24 * 60;
const minutesAWeek = 7 * minutesADay;

interface Span {
    readonly start: number;
    readonly minutes: number;
}

/** How many minutes a window of either form lasts. */
export function lengthOf(window: string): number {
    return spanOf(window).minutes;
}

/** Whether a daily window meets a weekly one. */
export function overlap(daily: string, weekly: string): boolean {
    const [backup, maintenance] = [spanOf(daily), spanOf(weekly)];
    return days.some((_, day) => {
        const distance = (((day * minutesADay + backup.start - maintenance.start) % minutesAWeek) + minutesAWeek) % minutesAWeek;
        return distance < maintenance.minutes || distance + backup.minutes > minutesAWeek;
    });
}

/** The start of a weekly window, as Amazon MQ takes it. */
export function startOf(weekly: string): { dayOfWeek: string; timeOfDay: string; timeZone: string } {
    const [day, time] = [weekly.slice(0, 3), weekly.slice(4, 9)];
    return { dayOfWeek: daysOfWeek[days.indexOf(day as (typeof days)[number])] as string, timeOfDay: time, timeZone: "UTC" };
}

function spanOf(window: string): Span {
    const [from, to] = window.split("-") as [string, string];
    const whole = /^[a-z]/.test(from) ? minutesAWeek : minutesADay;
    const [start, end] = [minutesOf(from), minutesOf(to)];
    return { start, minutes: (end - start + whole) % whole };
}

function minutesOf(moment: string): number {
    const [minutes, hours, day] = moment.split(":").reverse() as [string, string, (typeof days)[number] | undefined];
    return (day === undefined ? 0 : days.indexOf(day)) * minutesADay + Number(hours) * 60 + Number(minutes);
}
