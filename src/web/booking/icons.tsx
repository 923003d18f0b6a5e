/** The page's icons; each is hidden from screen readers and has a text beside it. */

export function Arrow({ back = false }: { back?: boolean }) {
  return (
    <svg class="arrow" width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d={back ? 'M12.5 4.5 7 10l5.5 5.5' : 'M7.5 4.5 13 10l-5.5 5.5'} />
    </svg>
  );
}

export function Cross() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d="m5.5 5.5 9 9m0-9-9 9" />
    </svg>
  );
}

export function Tick() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
      <path d="m5.5 12.5 4.2 4.2 8.8-9.4" />
    </svg>
  );
}
