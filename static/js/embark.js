import { setUpDialogs } from "./dialogs.js";
import { setUpForms } from "./forms.js";
import { setUpMenus } from "./menus.js";
import { setUpSuggestions } from "./suggestions.js";
import { setUpThemeSwitch } from "./theme-switch.js";
import { setUpToasts } from "./toasts.js";

setUpThemeSwitch();
setUpMenus();
setUpDialogs();
setUpToasts();
setUpForms();
setUpSuggestions();
