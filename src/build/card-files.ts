/** What pictures of pages are drawn with: the renderer, and fonts for Latin, Cyrillic, Greek, Hebrew and Arabic. */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const FONTS: Readonly<Record<string, string>> = {
  'NotoSans-Regular': 'noto-sans/400Regular/NotoSans_400Regular.ttf',
  'NotoSans-Bold': 'noto-sans/700Bold/NotoSans_700Bold.ttf',
  'NotoSansHebrew-Bold': 'noto-sans-hebrew/700Bold/NotoSansHebrew_700Bold.ttf',
  'NotoSansArabic-Bold': 'noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf',
};

const PACKAGES = 'node_modules/@expo-google-fonts';

/** Where the packages lie, whose licences go with the files. */
export const FONT_PACKAGES = ['noto-sans', 'noto-sans-arabic', 'noto-sans-hebrew'].map((name) =>
  join(PACKAGES, name),
);

/** @param folder that then holds them and nothing else */
export async function copyCardFiles(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile('node_modules/@resvg/resvg-wasm/index_bg.wasm', join(folder, 'resvg.wasm'));
  for (const [name, file] of Object.entries(FONTS)) {
    await copyFile(join(PACKAGES, file), join(folder, `${name}.ttf`));
  }
}
