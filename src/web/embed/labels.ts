/* Written by codegen.ts from the messages of pages. */

/** By language: the frame's title, the link to a page that did not come, and the way out of the dialog. */
export const LABELS: Readonly<Record<string, readonly string[]>> = {
  en: ['Book a time', 'Open the booking page', 'Close'],
  de: ['Termin buchen', 'Buchungsseite öffnen', 'Schließen'],
  fr: ['Réserver un créneau', 'Ouvrir la page de réservation', 'Fermer'],
  es: ['Reservar una hora', 'Abrir la página de reservas', 'Cerrar'],
  it: ['Prenota un orario', 'Apri la pagina di prenotazione', 'Chiudi'],
  'pt-BR': ['Reservar um horário', 'Abrir a página de reservas', 'Fechar'],
  nl: ['Een tijd boeken', 'Boekingspagina openen', 'Sluiten'],
  pl: ['Zarezerwuj termin', 'Otwórz stronę rezerwacji', 'Zamknij'],
  ja: ['日時を予約する', '予約ページを開く', '閉じる'],
  'zh-CN': ['预约时间', '打开预约页面', '关闭'],
  ar: ['حجز موعد', 'فتح صفحة الحجز', 'إغلاق'],
  he: ['קביעת מועד', 'פתיחת דף ההזמנות', 'סגירה'],
};
