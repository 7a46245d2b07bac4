import { setUpDialogs } from "./dialogs.js";
import { setUpFocus } from "./focus.js";
import { setUpForms } from "./forms.js";
import { setUpMenus } from "./menus.js";
import { setUpThemeSwitch } from "./theme-switch.js";
import { setUpToasts } from "./toasts.js";

setUpThemeSwitch();
setUpMenus();
setUpDialogs();
setUpToasts();
setUpForms();
setUpFocus();
