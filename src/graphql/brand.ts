/** Brand: the colour and the logo that pages and mails of an organisation, a host or a team show. */
import { logoPath } from '../brand/logo.ts';
import { type Brand, NO_BRAND } from '../store/rules/brands.ts';
import { builder } from './builder.ts';
import { requireOrganisation } from './context.ts';
import type { Loaders } from './loaders.ts';

export const BrandRef = builder.objectRef<Brand>('Brand').implement({
  description:
    'Colour and logo of booking pages and mails. What a host or team has itself holds in place of what the organisation has.',
  fields: (t) => ({
    color: t.string({
      nullable: true,
      description:
        'As `#0b6b5d`; null: none. Where it can not be read, pages and mails show the nearest of its shades that can.',
      resolve: ({ color }) => color,
    }),
    logo: t.string({
      nullable: true,
      description: 'Path of the logo at the gateway, `/logos/…`; null: none.',
      resolve: ({ logo }) => logo && logoPath(logo),
    }),
  }),
});

export const BrandInput = builder.inputType('BrandInput', {
  description: 'What a brand becomes. Fields that are absent stay as they are.',
  fields: (t) => ({
    color: t.string({ description: 'As `#0b6b5d`; null: none.' }),
    logo: t.string({
      description:
        'A PNG or JPEG image of at most 150 KB and of 16 to 2,000 pixels a side, in base64 or as a data: URL; null: none.',
    }),
  }),
});

/** What an organisation, host or team has itself. */
export const ownBrand = async (loaders: Pick<Loaders, 'brand'>, owner: string): Promise<Brand> =>
  (await loaders.brand.load(owner))?.brand ?? NO_BRAND;

builder.queryFields((t) => ({
  organisationBrand: t.field({
    type: BrandRef,
    description: 'The brand of the organisation. Admin.',
    authScopes: { scope: 'ADMIN' },
    resolve: (_root, _args, context) => ownBrand(context.loaders, requireOrganisation(context)),
  }),
}));

builder.mutationFields((t) => ({
  setOrganisationBrand: t.field({
    type: BrandRef,
    description:
      'Sets the brand of the organisation, which holds for all of its hosts and teams that have none of their own. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { input: t.arg({ type: BrandInput, description: 'What the brand becomes.', required: true }) },
    resolve: async (_root, { input }, context) => {
      const organisation = requireOrganisation(context);
      await context.services.offers.rulebook.setOrganisationBrand(organisation, input);
      context.loaders.brand.clear(organisation);
      return ownBrand(context.loaders, organisation);
    },
  }),
}));
