// Light or dark: as the system is, unless the user has chosen.

const SECONDS = 365 * 24 * 3600;

/** What the user has chosen: `light`, `dark`, or nothing. */
export const theme = () => document.documentElement.dataset.theme ?? "";

export const isDark = () => theme() === "dark" || (!theme() && matchMedia("(prefers-color-scheme: dark)").matches);

export function setTheme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  // theme.js reads it the next time.
  document.cookie = `p2pm-theme=${chosen}; Max-Age=${chosen ? SECONDS : 0}; Path=/; SameSite=Strict`;
}
