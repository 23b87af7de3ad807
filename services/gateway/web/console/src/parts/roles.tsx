/** Choosing a role by what it may do; only those are offered whose every right one has oneself. */
import { Field } from "@base-ui/react/field";
import { Fieldset } from "@base-ui/react/fieldset";
import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import type { ReactNode } from "react";
import type { RoleOf } from "../api";
import { rightName, rightOrder, roleName } from "../words";

/** Nobody gives rights that they have not got. Pure, for the test. */
export function givable(roles: readonly RoleOf[], own: readonly string[]): readonly RoleOf[] {
  return roles.filter(({ rights }) => rights.every((right) => own.includes(right)));
}

export function Roles(props: {
  label: string;
  roles: readonly RoleOf[];
  chosen: string;
  choose: (role: string) => void;
}): ReactNode {
  const { label, roles, chosen, choose } = props;
  return (
    <Field.Root className="field" name="role">
      <Fieldset.Root
        render={<RadioGroup className="roles" value={chosen} onValueChange={(role) => choose(String(role))} />}
      >
        <Fieldset.Legend>{label}</Fieldset.Legend>
        {roles.map(({ role, rights }) => (
          <Field.Item key={role} className="role">
            <Field.Label>
              <Radio.Root value={role} className="dot">
                <Radio.Indicator className="point" />
              </Radio.Root>
              {roleName(role)}
            </Field.Label>
            <Field.Description className="hint">{summary(rights)}</Field.Description>
          </Field.Item>
        ))}
      </Fieldset.Root>
    </Field.Root>
  );
}

const EVERYTHING = "accounts.manage";

/** What a role may, in words. */
function summary(rights: readonly string[]): string {
  if (rights.includes(EVERYTHING)) return "Everything, people and API keys included";
  return [...rights].sort(rightOrder).map(rightName).join(", ");
}
