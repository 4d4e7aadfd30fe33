"""The smallest browser on WebKitGTK that WebDriver can drive and that keeps its data in a folder.

MiniBrowser, which comes with the engine, keeps nothing on the disk while it is driven: no restart and no purge could be
tried with it. The one argument is the profile folder.
"""
import sys

import gi

gi.require_version('Gtk', '3.0')
gi.require_version('WebKit2', '4.1')
from gi.repository import Gtk, WebKit2  # noqa: E402

NAME = 'KeptBrowser'


class Browser:
    def __init__(self, profile):
        manager = WebKit2.WebsiteDataManager(base_data_directory=f'{profile}/data', base_cache_directory=f'{profile}/cache')
        self.context = WebKit2.WebContext.new_with_website_data_manager(manager)
        manager.get_cookie_manager().set_persistent_storage(f'{profile}/cookies.sqlite', WebKit2.CookiePersistentStorage.SQLITE)
        self.context.set_automation_allowed(True)
        self.context.connect('automation-started', self.on_automation)
        self.tabs = Gtk.Notebook()
        window = Gtk.Window()
        window.set_default_size(1280, 900)
        window.add(self.tabs)
        window.show_all()

    def on_automation(self, _context, session):
        info = WebKit2.ApplicationInfo.new()
        info.set_name(NAME)
        info.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
        session.set_application_info(info)
        session.connect('create-web-view', lambda _session: self.open_tab())

    def open_tab(self):
        view = WebKit2.WebView(web_context=self.context, is_controlled_by_automation=True)
        view.connect('close', self.on_close)
        view.connect('web-process-terminated', lambda _view, reason: print(f'a page ended by itself: {reason.value_nick}', flush=True))
        # For the report of a failure.
        view.get_settings().set_enable_write_console_messages_to_stdout(True)
        view.show()
        self.tabs.set_current_page(self.tabs.append_page(view, None))
        return view

    def on_close(self, view):
        self.tabs.remove_page(self.tabs.page_num(view))
        view.destroy()


browser = Browser(sys.argv[1])
Gtk.main()
